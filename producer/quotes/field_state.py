"""The state of one price of one symbol: the newest text, and the price in it or what is wrong with it. No I/O."""

from collections import Counter

from tickql.producer.errors import UnparsedPrice
from tickql.producer.feedfile.sanity import SanityChecks
from tickql.producer.prices.price_parser import Parser

_CACHED_TEXTS = 256
"""Prices move back and forth between a few ticks: most texts have been parsed before."""


class FieldState:
    """Follows one field.

    `known`: whether `price` is the field's price: an exact decimal text, or `None` where the page shows a placeholder.
    A price is not known if the field is not found, if its text is no price, or if an implausible price is held back.
    """

    __slots__ = (
        "_has_expectations",
        "_newest_price",
        "_parsed",
        "_parser",
        "_plausible_price",
        "_raw",
        "_sanity",
        "_unparsed_kinds",
        "changes",
        "implausible",
        "known",
        "price",
        "problem",
        "unparsed",
        "unparsed_problem",
    )

    def __init__(self, parser: Parser, sanity: SanityChecks, unparsed_kinds: Counter[str]) -> None:
        """`unparsed_kinds`: counts texts that are no price, by kind, of all symbols together."""
        self.known = False
        self.price: str | None = None
        self.problem: str | None = None
        """What is wrong with the text, for people; `None`: nothing. Stays until `drop_solved_problem`."""
        self.changes = 0
        """How often the text changed; the first text counts."""
        self.unparsed = 0
        """Texts so far that were no price."""
        self.unparsed_problem: str | None = None
        """What was wrong with the newest of these texts; `None`: there was none. It stays."""
        self.implausible = 0
        """Prices so far that were not as the feed file expects them."""
        self._parser = parser
        self._unparsed_kinds = unparsed_kinds
        self._sanity = sanity
        expectations = (sanity.min, sanity.max, sanity.max_jump, sanity.tick_size)
        self._has_expectations = any(each is not None for each in expectations)
        self._raw: str | None = None
        self._plausible_price: str | None = None
        self._newest_price: str | None = None
        self._parsed: dict[str, str | None] = {}

    @property
    def raw(self) -> str | None:
        """The text that the page shows; `None`: the field is not found."""
        return self._raw

    def update(self, raw: str | None) -> None:
        """Set the text that the page shows now; `None`: the field is not found."""
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
            self._unparsed_kinds[error.kind] += 1
            self.problem = self.unparsed_problem = f"shows {error.shown}: {error.why}"
            return
        self.known = price is None or not self._has_expectations or self._is_accepted(price)
        if self.known:
            self.price = price

    def _parse(self, raw: str) -> str | None:
        if raw not in self._parsed:
            if len(self._parsed) >= _CACHED_TEXTS:
                # All at once: to drop the oldest only would cost time at each text.
                self._parsed.clear()
            self._parsed[raw] = self._parser.parse(raw)
        return self._parsed[raw]

    def drop_solved_problem(self) -> None:
        """Drop a problem that has been reported and exists no more. A jump is over once it has been reported."""
        if self.known and (self.price is None or self._sanity.violation(self.price, None) is None):
            self.problem = None

    def _is_accepted(self, price: str) -> bool:
        """Whether a price may be published. A jump is plausible once a second price confirms it.

        So a price is compared with the newest plausible price, and with the newest price of all.
        """
        reason = self._sanity.violation(price, self._plausible_price) and self._sanity.violation(
            price, self._newest_price
        )
        is_held = reason is not None and self._sanity.hold
        self._newest_price = price
        if not is_held:
            self._plausible_price = price
        if reason is not None:
            self.implausible += 1
            self.problem = f"shows an implausible price: {reason}" + (" (held back)" if is_held else "")
        return not is_held
