"""From the faults that pydantic finds in a feed file to one line for a person: place, fault, remedy."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_EXAMPLES = {
    "page": '[page] with url = "https://example.test/board"',
    "url": 'url = "https://example.test/board"',
    "name": 'name = "ES"',
    "rows": 'rows = "table.quotes tbody tr"',
    "symbol": 'symbol = "td.symbol"',
    "box": 'box = ".info-column"',
    "label": 'label = "small"',
    "value": 'value = ".number"',
    "locale": 'locale = "de-DE"',
    "labels": 'labels = { ask = "ASK", bid = "BID", last = "LAST" }',
}

_STREAM_EXAMPLES = {"from": 'from = "websocket"', "url": 'url = "*/quotes*"', "symbol": 'symbol = "data.symbol"'}

# In place of pydantic's own words, where those speak of Python.
_SAYINGS = {
    "string_type": "should be a text in quotes",
    "tuple_type": "should be a list",
    "model_type": "should be a section with keys of its own",
    "too_short": "is empty: give at least one",
}


def describe(error: ValidationError, given: dict[str, Any]) -> str:
    """The first fault in one line, and how many there are besides. `given` is the file's content."""
    first, *others = error.errors(include_url=False)
    fault = _fault(first)
    outer, keys = _place(first["loc"], given)
    if keys and fault.startswith(keys[-1]):
        keys.pop()
    place = ", ".join(part for part in (outer, ".".join(keys)) if part)
    more = f" (and {len(others)} more)" if others else ""
    return f"{place}: {fault}{more}" if place else f"{fault}{more}"


def place_of_rule(kind: str, index: int, name: object) -> str:
    """How to name a rule to people; `index` counts the rules of its kind from 0."""
    if kind == "symbol" and isinstance(name, str) and name.isprintable():
        return f'symbol "{name[:40]}"'
    return f"[[{kind}]] #{index + 1}"


def _place(loc: tuple[str | int, ...], given: dict[str, Any]) -> tuple[str, list[str]]:
    """The rule or section, empty for the whole file, and the keys from there on."""
    match loc:
        case (str(kind), int(index), *inner):
            rule = given[kind][index]
            outer = place_of_rule(kind, index, rule.get("name") if isinstance(rule, dict) else None)
        case ("page", *inner) if "page" in given:
            outer = "[page]"
        case _:
            outer, inner = "", list(loc)
    return outer, [key for key in inner if isinstance(key, str) and key != "[key]"]


def _fault(fault: ErrorDetails) -> str:
    key = str(fault["loc"][-1]) if fault["loc"] else ""
    if fault["type"] == "missing":
        examples = _STREAM_EXAMPLES if fault["loc"][0] == "stream" else _EXAMPLES
        return f"{key} is missing, for example {examples[key]}" if key in examples else f"{key} is missing"
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    shown = repr(fault["input"]) if isinstance(fault["input"], str) else str(fault["input"])
    if fault["type"] == "string_pattern_mismatch" and key in _EXAMPLES:
        return f"{shown:.60} is no {key}, for example {_EXAMPLES[key]}"
    message = fault["msg"].removeprefix("Input ")
    return f"{shown:.60} {_SAYINGS.get(fault['type']) or message[0].lower() + message[1:]}"
