"""JSON from clients: whatever cannot be decoded is one kind of error."""

import json


def decode_json(text: str | bytes) -> object:
    """Return the value of a JSON text.

    Raises:
        json.JSONDecodeError: the text is no JSON, no UTF-8, nested too deep, or has a number of thousands of digits.
            `NaN` and `Infinity`, which Python writes, are no JSON.
    """
    try:
        value: object = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise json.JSONDecodeError(str(error), "", 0) from error
    return value


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")
