"""One price of one symbol, as its texts come in: what it is now, or why that cannot be said. No I/O."""

from tickql.producer.errors import UnparsedPrice
from tickql.producer.feedfile.sanity import SanityChecks
from tickql.producer.prices.price_format import PriceFormat

_REMEMBERED_TEXTS = 256


class FieldState:
    """Follows one field.

    `known` says whether `price` can be told: an exact decimal text, or `None` where the page shows a placeholder. A
    field that is not found, whose text is no price, or whose price is held back in doubt is not known.
    """

    __slots__ = (
        "_expects",
        "_format",
        "_parsed",
        "_raw",
        "_sanity",
        "_seen",
        "changes",
        "complaint",
        "doubts",
        "known",
        "price",
        "unparsed",
    )

    def __init__(self, price_format: PriceFormat, sanity: SanityChecks) -> None:
        self.known = False
        self.price: str | None = None
        self.complaint: str | None = None
        """What is wrong with the text, for people; `None`: nothing. Stays until `forgive`."""
        self.changes = 0
        """Times that the text was another one than before, its first one among them."""
        self.unparsed = 0
        """Texts that were no price, so far."""
        self.doubts = 0
        """Prices in doubt, so far."""
        self._format = price_format
        self._sanity = sanity
        expectations = (sanity.min, sanity.max, sanity.max_jump, sanity.tick_size)
        self._expects = any(each is not None for each in expectations)
        self._raw: str | None = None
        self._seen: tuple[str | None, str | None] = (None, None)
        # Prices go to and fro between a few ticks: most texts have been parsed before.
        self._parsed: dict[str, str | None] = {}

    @property
    def raw(self) -> str | None:
        """The text that the page shows; `None`: the field is not found."""
        return self._raw

    def read(self, raw: str | None) -> None:
        """Take the text that the page shows now; `None`: the field is not found."""
        if raw == self._raw:
            return
        self._raw = raw
        self.changes += 1
        if raw is None:
            self.known = False
            return
        try:
            price = self._parse(raw)
        except UnparsedPrice as error:
            self.known = False
            self.unparsed += 1
            self.complaint = f"shows {error.raw!r}: {error.why}"
            return
        self.known = price is None or not self._expects or self._believe(price)
        if self.known:
            self.price = price

    def _parse(self, raw: str) -> str | None:
        if raw not in self._parsed:
            if len(self._parsed) >= _REMEMBERED_TEXTS:
                self._parsed.clear()
            self._parsed[raw] = self._format.parse(raw)
        return self._parsed[raw]

    def forgive(self) -> None:
        """The complaint has been passed on: drop it if it no longer holds."""
        if self.known and self._doubt() is None:
            self.complaint = None

    def _believe(self, price: str) -> bool:
        """Whether a price may go on. A jump is believed once a second price confirms it."""
        accepted, seen = self._seen
        doubt = self._sanity.violation(price, accepted) and self._sanity.violation(price, seen)
        held = doubt is not None and self._sanity.hold
        self._seen = (accepted if held else price, price)
        if doubt is not None:
            self.doubts += 1
            self.complaint = f"shows a price in doubt: {doubt}" + (" (held back)" if held else "")
        return not held

    def _doubt(self) -> str | None:
        return None if self.price is None else self._sanity.violation(self.price, None)
