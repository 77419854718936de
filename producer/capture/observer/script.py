"""The observer as one script: its parts put together. No I/O except for reading the parts."""

import json
from functools import cache
from pathlib import Path

READING_PARTS = (
    "flat_tree", "plain_text", "selector_engine", "generated_content", "font_metrics", "visibility", "restyling",
    "surroundings", "svg_text", "text_runs", "pieces", "fonts", "shapes", "reading_plan", "element_text",
)  # fmt: skip
"""The parts that read an element as a person sees it. `tickql discover` uses them too."""
_PARTS = (
    "clock", "faults", "channel", "shadow_roots", *READING_PARTS, "selectors", "invalidation",
    "column_grid", "columns", "places", "units", "rules", "settling", "entries", "markers", "closed_roots", "heartbeat",
    "flushing", "changes",
)  # fmt: skip
"""The parts in the order in which the script makes them: each may use those before it."""
_FOLDER = Path(__file__).parent


def observer_source(plan: str) -> str:
    """Return the whole observer. `plan`: its configuration as JSON (see `observer_config`).

    Browsers name the script `tickql/observer.js`; the observer names an exception by part and line.
    """
    return f"{_head()}\n{plan}, {_tail()}"


def part_source(name: str) -> str:
    """Return the JavaScript of one part."""
    return (_FOLDER / f"{name}.js").read_text(encoding="utf-8").strip()


@cache
def _head() -> str:
    return f"'use strict';\n({part_source('observer')})("


@cache
def _tail() -> str:
    # `lines` tells the observer where each part begins. The plan is one line between head and tail.
    line = _head().count("\n") + 2
    lines, text = [["observer.js", 2]], "{"
    for name in _PARTS:
        lines.append([f"{name}.js", line + text.count("\n") + 2])
        text += f"\n{name}:\n{part_source(name)},"
    return f"{text}\n}}, {json.dumps(lines)})\n//# sourceURL=tickql/observer.js"
