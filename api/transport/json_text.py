"""JSON from clients: whatever cannot be decoded is one kind of error."""

import json


def decode_json(text: str | bytes) -> object:
    """Return the value of a JSON text.

    Raises:
        json.JSONDecodeError: the text is no JSON, no UTF-8, nested too deep, or has a number of thousands of digits.
    """
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise json.JSONDecodeError(str(error), "", 0) from error
    return value
