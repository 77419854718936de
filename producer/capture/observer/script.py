"""The observer as one script for the page: its parts put together. No I/O but its own source."""

import json
from functools import cache
from pathlib import Path

_PARTS = (
    "clock", "faults", "reader", "roots", "reading", "finding", "selectors", "places", "owners", "units", "rules",
    "entries", "marks", "suspects", "beat", "sending", "noticing",
)  # fmt: skip
"""In the order in which they are made: each needs some of those before it."""
_FOLDER = Path(__file__).parent


def script(plan: str) -> str:
    """The whole observer. `plan`: JSON, what it is to look for.

    Browsers show it as `tickql/observer.js`; a fault in it is named by part and line.
    """
    return f"{_head()}\n{plan}, {_tail()}"


@cache
def _head() -> str:
    return f"'use strict';\n({_source('observer')})("


@cache
def _tail() -> str:
    # The plan is on a line of its own.
    line = _head().count("\n") + 2
    lines, text = [["observer.js", 2]], "{"
    for name in _PARTS:
        lines.append([f"{name}.js", line + text.count("\n") + 2])
        text += f"\n{name}:\n{_source(name)},"
    return f"{text}\n}}, {json.dumps(lines)})\n//# sourceURL=tickql/observer.js"


def _source(name: str) -> str:
    return (_FOLDER / f"{name}.js").read_text(encoding="utf-8").strip()
