"""What a record says of a price, as a page would write it. No I/O."""

from typing import Any

from tickql.producer.feedfile.jmespath_expression import JmespathExpression
from tickql.producer.feedfile.json_number import JsonNumber
from tickql.producer.prices.decimals import DecimalNotation
from tickql.producer.prices.price_format import PriceFormat

_MAX_CHARACTERS = 300
_NULL = object()
# No format reads a text that begins so.
_NO_PRICE = "no price"
_KINDS: dict[type, str] = {bool: "true", list: "a list", dict: "an object"}


def price_text(pick: JmespathExpression, record: Any, price_format: PriceFormat) -> str | None:
    """The text of what is picked: empty for null, `None` if nothing is. What is no price makes a text that is none."""
    try:
        found = pick.search(record)
        if found is None or found is False:
            return "" if _has_null(record) and pick.search(_marked(record)) is _NULL else None
    except (ValueError, RecursionError) as error:
        return f"{_NO_PRICE}: {error}"
    if isinstance(found, str):
        return found[:_MAX_CHARACTERS]
    if isinstance(found, JsonNumber):
        return _written(found, price_format)
    return f"{_NO_PRICE} but {_KINDS.get(type(found), 'a computed number')}"


def _written(number: JsonNumber, price_format: PriceFormat) -> str:
    """A number in the notation that its field's texts have, with the same digits: so it is read back as it was."""
    plain = number.plain
    if plain is None:
        return f"{_NO_PRICE} but {number!s:.60}"
    if isinstance(price_format.notation, DecimalNotation):
        return plain.replace(".", price_format.notation.decimal)
    try:
        return price_format.write(plain)
    except ValueError:
        return plain


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_null, value.values()))
    return any(map(_has_null, value)) if isinstance(value, list) else value is None


def _marked(value: Any) -> Any:
    """The same with a mark for each null: JMESPath tells null and nothing apart no other way."""
    if isinstance(value, dict):
        return {key: _marked(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_marked(each) for each in value]
    return _NULL if value is None else value
