"""The number formats of one page: of single prices, and of the rows of a table that may have several. No I/O."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from tickql.producer.discover.inference.notation import FORMATS, Notation, formats_of, infer
from tickql.producer.discover.inference.units import Unit, price_value
from tickql.producer.errors import UnparsedPrice
from tickql.producer.prices.price_format import PriceFormat


class PageNotations:
    """Finds formats.

    `given_format`: that of the user; `None`: not given. `around`: other numbers of the page. `lang`: its language.
    """

    def __init__(self, given_format: str | None, around: Sequence[str], lang: str) -> None:
        self._given_format = given_format
        self._given = PriceFormat.from_text(given_format) if given_format is not None else None
        self._around = around
        self._lang = lang

    def of(self, texts: Sequence[str]) -> Notation:
        """Return the format of these texts."""
        formats = formats_of(texts)
        if self._given_format is not None and (not formats or self._given_format in formats):
            return Notation(self._given_format)
        return infer(texts, around=self._around, lang=self._lang)

    def value(self, text: str) -> Decimal | None:
        """Return the price of one text: by the user's format, or else by the most common one that reads it."""
        try:
            price = self._given.parse(text) if self._given is not None else None
        except UnparsedPrice:
            price = None
        return price_value(text) if price is None else Decimal(price)

    def group(self, named: Mapping[str, Unit]) -> list[tuple[Notation, list[str]]]:
        """Return the symbols of a table grouped by format, the most common one first. Unreadable ones are left out."""
        readable = {name: formats_of(unit.texts()) for name, unit in named.items()}
        remaining, found = list(named), []
        if self._given_format is not None and not any(readable.values()):
            return [(self.of([]), remaining)]
        while remaining:
            counts = Counter(each for name in remaining for each in readable[name])
            if not counts:
                break
            top = max(counts.values())
            common = next(each for each in FORMATS if counts[each] == top)
            group = [name for name in remaining if common in readable[name]]
            found.append((self.of([text for name in group for text in named[name].texts()]), group))
            remaining = [name for name in remaining if name not in group]
        return found
