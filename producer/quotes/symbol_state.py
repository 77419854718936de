"""One symbol of a page: the texts that frames and rules show of it, its fields, and the prices of its newest quote."""

from collections.abc import Sequence

from tickql.feed.tick import MAX_MERGED, Quote
from tickql.producer.capture.messages import Reading
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.price_fields import FIELD_NAMES, FieldName
from tickql.producer.prices.seen_text import UNREADABLE, plain_words
from tickql.producer.quotes.field_state import FieldState
from tickql.producer.tally import tallies

Texts = tuple[str | None, ...]


class SymbolState:
    """One symbol: its fields, and the prices of its newest quote."""

    __slots__ = (
        "_changed_us", "_columns", "_is_removed", "_published", "_settle_us", "_settled_us", "_texts", "_withheld",
        "fields", "merged", "observed_us", "rules", "symbol",
    )  # fmt: skip

    def __init__(self, symbol: str, settle_us: int = 0) -> None:
        self.symbol = symbol
        self.rules: tuple[int, ...] = ()
        """Indexes of the rules that have read the symbol. No two of them read the same field."""
        self.observed_us = 0
        """When the newest quote was observed, Unix microseconds; 0: there is no quote yet."""
        self.merged = 0
        """Changes that were merged since the newest quote: the next quote carries the count."""
        self.fields: dict[FieldName, FieldState] = {}
        self._columns: list[tuple[int, FieldState]] = []
        # All `None` before the first quote: so a symbol that shows only placeholders causes no quote.
        self._published: list[str | None] = [None] * len(FIELD_NAMES)
        self._changed_us = [0] * len(FIELD_NAMES)
        self._texts: dict[tuple[int, int, str], Texts] = {}  # by frame, rule, and what the page shows as symbol
        # The newest prices, if they are less than the newest quote while the page may not be complete after a load.
        self._withheld: Sequence[str | None] | None = None
        self._is_removed = False
        self._settle_us = settle_us
        self._settled_us = 0

    @property
    def is_withholding(self) -> bool:
        """Whether the page shows less than the newest quote, and may just not be complete yet after a load."""
        return self._withheld is not None

    def add_rule(self, feed: FeedFile, index: int) -> None:
        """Add the fields of a rule. Rules that read one of these fields are removed, with their fields and texts."""
        rule = feed.rules[index]
        kept = [other for other in self.rules if not rule.common_fields(feed.rules[other])]
        fields = {name: self.fields[name] for other in kept for name in feed.rules[other].fields}
        unparsed = tallies[feed.name].unparsed
        fields |= {name: FieldState(rule.parsers[name], sanity, unparsed[name]) for name, sanity in rule.fields.items()}
        self.rules = tuple(sorted([*kept, index]))
        self.fields = fields
        self._columns = [(FIELD_NAMES.index(name), field) for name, field in fields.items()]
        self._texts = {source: texts for source, texts in self._texts.items() if source[1] in kept}

    @property
    def newest(self) -> Quote | None:
        """The newest quote; `None`: there is none yet."""
        ask, bid, last = self._published
        return Quote(self.symbol, ask, bid, last, self.observed_us) if self.observed_us else None

    def changed_us(self, field: FieldName) -> int | None:
        """When the page showed a change of this price last, Unix microseconds; `None`: no quote has had the price."""
        return self._changed_us[FIELD_NAMES.index(field)] or None

    def continue_from(self, old: "SymbolState") -> None:
        """Continue in place of the state of a page before: keep what it has not told yet, and the times of its prices.

        A price that is the same on both pages has not changed by the change of pages.
        """
        # What the old page has lost since its newest quote is told in the next quote, whichever page makes it.
        self.merged += old.merged
        for column, price in enumerate(self._published):
            if price == old._published[column]:
                self._changed_us[column] = old._changed_us[column]

    def apply(self, context: int, reading: Reading, now_us: int) -> Quote | None:
        """Apply a reading. Returns the quote that it causes; `None`: no known price has changed."""
        if self._is_removed:
            # The page was loaded again: for a moment its cells may be empty.
            self._is_removed = False
            self._settled_us = now_us + self._settle_us if self.observed_us else 0
        self._texts[context, reading.rule, reading.symbol] = reading.texts
        self.merged += reading.merged
        # Nearly every symbol is read by one rule in one frame: its texts need no joining.
        texts = reading.texts if len(self._texts) == 1 else self._joined_texts()
        prices: list[str | None] = [None] * len(FIELD_NAMES)
        has_changed = False
        for column, field in self._columns:
            field.update(texts[column])
            if field.known:
                prices[column] = field.price
                has_changed = has_changed or field.price != self._published[column]
        if not has_changed:
            self._replace_withheld(None)
            return None
        if now_us < self._settled_us and self._lacks_published(prices):
            self._replace_withheld(prices)
            return None
        return self._next_quote(prices, reading.us, now_us)

    def settle(self, now_us: int) -> Quote | None:
        """Return the quote that was withheld, if the time for the page to become complete is over."""
        if self._withheld is None or now_us < self._settled_us:
            return None
        prices: list[str | None] = [None] * len(FIELD_NAMES)
        for column, field in self._columns:
            prices[column] = field.price if field.known else None
        return self._next_quote(prices, now_us, now_us)

    def drop_withheld(self) -> None:
        """Drop the quote that is withheld, without counting it."""
        self._withheld = None

    def _lacks_published(self, prices: Sequence[str | None]) -> bool:
        return any(old is not None and new is None for old, new in zip(self._published, prices, strict=True))

    def _replace_withheld(self, prices: Sequence[str | None] | None) -> None:
        """Withhold these prices from now on; `None`: none. A price that was withheld and is not among them is merged.

        So a cell that is filled later than another one is no change of a price.
        """
        after = prices or self._published
        columns = zip(self._withheld or (), after, self._published, strict=False)
        self.merged += any(withheld not in (None, new, old) for withheld, new, old in columns)
        self._withheld = prices

    def _next_quote(self, prices: list[str | None], observed_us: int, now_us: int) -> Quote:
        self._replace_withheld(prices)
        self._withheld = None
        # The page's clock may be set back, or be ahead of the producer's; the time of a symbol must do neither.
        self.observed_us = max(self.observed_us, min(observed_us, now_us))
        for column, price in enumerate(prices):
            if price != self._published[column]:
                self._changed_us[column] = self.observed_us
        self._published = prices
        ask, bid, last = prices
        merged, self.merged = min(self.merged, MAX_MERGED), 0
        return Quote(self.symbol, ask, bid, last, self.observed_us, merged)

    def drop_empty_texts(self) -> None:
        """Drop what the page shows no more, perhaps under another name: so no page fills the memory with names."""
        self._texts = {
            source: texts for source, texts in self._texts.items() if any(each is not None for each in texts)
        }

    def remove_frame(self, context: int | None) -> None:
        """Remove the texts of a frame; `None`: of all frames."""
        texts = {source: texts for source, texts in self._texts.items() if context is not None and source[0] != context}
        if len(texts) < len(self._texts):
            self._replace_withheld(None)
        self._texts = texts
        self._is_removed = not texts

    def _joined_texts(self) -> Texts:
        """The texts of all frames and rules. Two that differ are unreadable: which is right is not clear."""
        shown = [[text for text in column if text is not None] for column in zip(*self._texts.values(), strict=True)]
        return tuple(_agreed(texts) for texts in shown)


def _agreed(texts: Sequence[str]) -> str | None:
    """The text that several frames show; unreadable, with a reason, if they do not show the same."""
    if not texts:
        return None
    other = next((text for text in texts if text != texts[0]), None)
    if other is None:
        return texts[0]
    return f"{UNREADABLE}frames of the page show {plain_words(texts[0])!r} and {plain_words(other)!r}"
