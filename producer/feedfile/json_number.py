"""Numbers of JSON documents, digit by digit: no float is made of them on the way. No I/O."""

import re
from decimal import Decimal

_JSON = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)
# A feed carries 30 digits on either side of the point.
_MAX_DIGITS = 30


class JsonNumber(Decimal):
    """A number as a document writes it. Whatever is computed from it is a plain `Decimal`."""

    __slots__ = ()

    @classmethod
    def read(cls, text: str) -> "JsonNumber | None":
        """The number that a text is in JSON; `None` if it is none."""
        return cls(text) if len(text) <= 1000 and _JSON.fullmatch(text) else None

    @property
    def plain(self) -> str | None:
        """As `-?digits[.digits]`, with the digits that were given; `None` if that takes more than a price may have."""
        return format(self, "f") if -_MAX_DIGITS <= self.adjusted() < _MAX_DIGITS else None
