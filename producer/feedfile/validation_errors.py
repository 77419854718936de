"""Error messages of a feed file: one line with the place, what is wrong, and what would be right."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tickql.producer.errors import excerpt

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

# Replaces pydantic's messages that use terms of Python, such as "tuple".
_MESSAGES = {
    "string_type": "should be a text in quotes",
    "tuple_type": "should be a list",
    "model_type": "should be a section with keys of its own",
    "too_short": "is empty: give at least one",
}


def describe_validation_error(error: ValidationError, given: dict[str, Any]) -> str:
    """Return the first error in one line, and how many more there are. `given` is the parsed content of the file."""
    first, *others = error.errors(include_url=False)
    fault = _fault(first)
    outer, keys = _place(first["loc"], given)
    # Some messages begin with the key already.
    if keys and fault.startswith(keys[-1]):
        keys.pop()
    place = ", ".join(part for part in (outer, ".".join(keys)) if part)
    more = f" (and {len(others)} more)" if others else ""
    return f"{place}: {fault}{more}" if place else f"{fault}{more}"


def rule_name(kind: str, index: int, name: object) -> str:
    """Return how messages name a rule, such as `symbol "ES"`. `index` counts the rules of its kind from 0."""
    if kind == "symbol" and isinstance(name, str) and name.isprintable():
        return f'symbol "{excerpt(name, 40)}"'
    return f"[[{kind}]] #{index + 1}"


def _place(loc: tuple[str | int, ...], given: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the rule or section (empty for the whole file), and the keys inside it."""
    match loc:
        case (str(kind), int(index), *inner) if kind in given:
            rule = given[kind][index]
            outer = rule_name(kind, index, rule.get("name") if isinstance(rule, dict) else None)
        case ("page", *inner) if "page" in given:
            outer = "[page]"
        case _:
            outer, inner = "", list(loc)
    # Pydantic ends the location of an error in a key of a table with "[key]". Numbers are positions in a list.
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
        return f"{shown:.60} is not a valid {key}, for example {_EXAMPLES[key]}"
    message = fault["msg"].removeprefix("Input ")
    return f"{shown:.60} {_MESSAGES.get(fault['type']) or message[0].lower() + message[1:]}"
