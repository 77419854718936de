"""JSON numbers that keep every digit. No float is involved. No I/O."""

import re
from decimal import Decimal

_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)
# A longer text is not looked at: a price has 62 characters at most.
_MAX_CHARACTERS = 1000
# A feed carries 30 digits on either side of the point.
_MAX_PRICE_DIGITS = 30


class JsonNumber(Decimal):
    """A number as a document writes it. The result of a computation with it is a `Decimal`, not a `JsonNumber`."""

    __slots__ = ()

    @classmethod
    def from_text(cls, text: str) -> "JsonNumber | None":
        """Return the number that a text is in JSON; `None` if the text is not a JSON number."""
        return cls(text) if len(text) <= _MAX_CHARACTERS and _JSON_NUMBER.fullmatch(text) else None

    @property
    def exact_text(self) -> str | None:
        """The number as `-?digits[.digits]`, with the digits of the document; `None` if a price cannot have so many."""
        return format(self, "f") if -_MAX_PRICE_DIGITS <= self.adjusted() < _MAX_PRICE_DIGITS else None
