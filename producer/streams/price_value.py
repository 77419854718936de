"""The price in a JSON record, as text in the notation of its field. No I/O."""

from typing import Any

from tickql.producer.feedfile.jmespath_expression import JmespathExpression
from tickql.producer.feedfile.json_number import JsonNumber
from tickql.producer.prices.decimals import DecimalNotation
from tickql.producer.prices.price_format import PriceFormat

_MAX_PRICE_CHARACTERS = 300
# No price format accepts a text that begins with these words: the value is reported, never published.
_NO_PRICE = "no price"
_KINDS: dict[type, str] = {bool: "true", list: "a list", dict: "an object"}


def price_text(pick: JmespathExpression, record: Any, price_format: PriceFormat) -> str | None:
    """Return the text of the value that `pick` finds in a record.

    Empty: the value is null. `None`: there is no value. A value that is not a price becomes a text that no format
    accepts, and that text names the fault.
    """
    try:
        found = pick.search(record)
        if found is None or found is False:
            return "" if pick.finds_null(record) else None
    except (ValueError, RecursionError) as error:
        return f"{_NO_PRICE}: {error}"
    if isinstance(found, str):
        return found[:_MAX_PRICE_CHARACTERS]
    if isinstance(found, JsonNumber):
        return _number_text(found, price_format)
    return f"{_NO_PRICE}: {_KINDS.get(type(found), 'a computed number')}"


def _number_text(number: JsonNumber, price_format: PriceFormat) -> str:
    """Return a number in its field's notation with the same digits, so that the format reads back the same number."""
    plain = number.exact_text
    if plain is None:
        return f"{_NO_PRICE}: {number!s:.60}"
    if isinstance(price_format.notation, DecimalNotation):
        return plain.replace(".", price_format.notation.decimal)
    try:
        return price_format.render(plain)
    except ValueError:
        return plain
