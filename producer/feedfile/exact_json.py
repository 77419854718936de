"""JSON texts, decoded to values whose numbers keep every digit. No I/O."""

import json
from typing import Any, NoReturn

from tickql.producer.feedfile.json_number import JsonNumber

DECODE_ERRORS = (ValueError, ArithmeticError, RecursionError)
"""What the decoder raises for a text that is not JSON, or that is nested too deeply."""


def decode_json(text: str) -> Any:
    """Return the value of a JSON text. Its numbers are `JsonNumber`.

    Raises:
        ValueError: the text is not JSON. The message is one line.
    """
    try:
        return DECODER.decode(text)
    except DECODE_ERRORS as error:
        raise ValueError(describe_json_error(error)) from error


def describe_json_error(error: Exception) -> str:
    """Return the fault in an error of `DECODE_ERRORS`, for people."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:]} at character {error.pos + 1}"
    return "nested too deeply" if isinstance(error, RecursionError) else "invalid number"


def _refuse_constant(constant: str) -> NoReturn:
    """Refuse `NaN` and `Infinity`, which Python's parser accepts and JSON does not have (RFC 8259, section 6)."""
    raise ValueError(constant)


DECODER = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_refuse_constant)
