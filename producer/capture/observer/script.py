"""The observer as one script: its parts put together. No I/O except for reading the parts."""

import json
from functools import cache
from pathlib import Path

_PARTS = (
    "clock", "faults", "channel", "shadow_roots", "element_text", "selector_engine", "selectors", "places",
    "invalidation", "units", "rules", "entries", "markers", "closed_roots", "heartbeat", "flushing", "changes",
)  # fmt: skip
"""The parts in the order in which the script makes them: each may use those before it."""
_FOLDER = Path(__file__).parent


def observer_source(plan: str) -> str:
    """Return the whole observer. `plan`: its configuration as JSON (see `observer_config`).

    Browsers name the script `tickql/observer.js`; the observer names an exception by part and line.
    """
    return f"{_head()}\n{plan}, {_tail()}"


@cache
def _head() -> str:
    return f"'use strict';\n({_source('observer')})("


@cache
def _tail() -> str:
    # `lines` tells the observer where each part begins. The plan is one line between head and tail.
    line = _head().count("\n") + 2
    lines, text = [["observer.js", 2]], "{"
    for name in _PARTS:
        lines.append([f"{name}.js", line + text.count("\n") + 2])
        text += f"\n{name}:\n{_source(name)},"
    return f"{text}\n}}, {json.dumps(lines)})\n//# sourceURL=tickql/observer.js"


def _source(name: str) -> str:
    return (_FOLDER / f"{name}.js").read_text(encoding="utf-8").strip()
