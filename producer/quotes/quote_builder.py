"""From readings to quotes: parses, puts a symbol's fields together, drops repeats. No I/O.

Rules that read different prices of one symbol make its quote together, each price the newest that its own rule gave.
Of rules that read the same price the first in the feed file counts, and the others tell nothing of this symbol.

A field that is not known (see `FieldState`) makes no quote: neither its disappearance nor a text that is no price is
news about a price. Quotes that the symbol's other fields make meanwhile carry `None` in its place.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from tickql.feed.errors import InvalidSymbol
from tickql.feed.tick import Quote, check_symbol
from tickql.producer.capture.messages import Reading
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.price_fields import FIELD_NAMES, FieldName
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.quotes.field_state import FieldState

MAX_SYMBOLS = 5_000
"""Symbols of one page. More than that are not followed: something else than symbols is being read."""
_MAX_REFUSED = 100

Texts = tuple[str | None, ...]


class SymbolState:
    """One symbol: its fields and the prices that were last published of it."""

    __slots__ = ("_columns", "_published", "_texts", "fields", "observed_us", "rules", "symbol")

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.rules: tuple[int, ...] = ()
        """The rules that have told of it, each of other fields."""
        self.observed_us = 0
        self.fields: dict[FieldName, FieldState] = {}
        self._columns: list[tuple[int, FieldState]] = []
        # Before its first quote a symbol is as if it had shown no prices: nothing is news then but a price.
        self._published: list[str | None] = [None] * len(FIELD_NAMES)
        self._texts: dict[tuple[int, int], Texts] = {}

    def add(self, feed: FeedFile, rule: int) -> None:
        """Take the fields of one more rule; rules that read one of these give way, with all that they told."""
        given = feed.rules[rule]
        kept = [other for other in self.rules if not given.common_fields(feed.rules[other])]
        fields = {name: self.fields[name] for other in kept for name in feed.rules[other].fields}
        fields |= {name: FieldState(given.price_format(name), sanity) for name, sanity in given.fields.items()}
        self.rules = tuple(sorted([*kept, rule]))
        self.fields = fields
        self._columns = [(FIELD_NAMES.index(name), field) for name, field in fields.items()]
        self._texts = {place: texts for place, texts in self._texts.items() if place[1] in kept}

    @property
    def newest(self) -> Quote | None:
        """The last quote that was made; `None`: none yet."""
        ask, bid, last = self._published
        return Quote(self.symbol, ask, bid, last, self.observed_us) if self.observed_us else None

    def take(self, context: int, reading: Reading, now_us: int) -> Quote | None:
        """The quote that a reading makes; `None` if it tells nothing new."""
        self._texts[context, reading.rule] = reading.texts
        texts = reading.texts if len(self._texts) == 1 else self._joined()
        prices: list[str | None] = [None] * len(FIELD_NAMES)
        is_news = False
        for column, field in self._columns:
            field.read(texts[column])
            if field.known:
                prices[column] = field.price
                is_news = is_news or field.price != self._published[column]
        if not is_news:
            return None
        self._published = prices
        # The page's clock may be set back or run ahead of ours; a symbol's time does neither.
        self.observed_us = max(self.observed_us, min(reading.us, now_us))
        ask, bid, last = prices
        return Quote(self.symbol, ask, bid, last, self.observed_us)

    def forget(self, context: int | None) -> None:
        """A frame is gone, with what it showed; `None`: all of them."""
        if context is None:
            self._texts.clear()
        else:
            self._texts = {place: texts for place, texts in self._texts.items() if place[0] != context}

    def _joined(self) -> Texts:
        """The texts of all frames and rules; a field that two frames show is not to be told."""
        shown = [[text for text in column if text is not None] for column in zip(*self._texts.values(), strict=True)]
        return tuple(texts[0] if len(texts) == 1 else None for texts in shown)


class QuoteBuilder:
    """Turns the readings of a source into quotes. Pages come and go meanwhile.

    `claims`: of all feed files of the producer; `None`: there is no other.
    """

    def __init__(self, feed: FeedFile, owners: SymbolOwners | None = None) -> None:
        self.stats: Counter[str] = Counter()
        """Counts so far: `quotes`, `repeats`, `crossed` (ask below bid: passed on), `refused` (no symbol's name)."""
        self.symbols: dict[str, SymbolState] = {}
        self.refused: dict[str, str] = {}
        """Texts in the place of a symbol that were not taken for one, and why: a sentence for people."""
        self._feed = feed
        self._owners = owners or SymbolOwners([feed])
        self._naming: defaultdict[str, list[int]] = defaultdict(list)
        for index, rule in enumerate(feed.rules):
            for symbol in rule.named_symbols:
                self._naming[symbol].append(index)

    def take(self, context: int, readings: Iterable[Reading], now_us: int) -> Iterator[Quote]:
        """The quotes that a flush makes. `context` is the frame it came from; `now_us` our own clock."""
        for reading in readings:
            state = self._state(reading)
            if state is None:
                self.stats["refused"] += 1
                continue
            quote = state.take(context, reading, now_us)
            if quote is None:
                self.stats["repeats"] += 1
                continue
            self.stats["quotes"] += 1
            self.stats["crossed"] += _crossed(quote)
            yield quote

    def sources(self, symbol: str) -> list[tuple[int, SymbolState | None]]:
        """The rules that a symbol is taken from, in the feed file's order; `None`: it has told nothing of it yet.

        Empty: no rule names this symbol, and none has told of it.
        """
        state = self.symbols.get(symbol)
        told = state.rules if state is not None else ()
        named = [rule for rule in self._naming.get(symbol, ()) if not self._rivals(rule, told)]
        return [(rule, state if rule in told else None) for rule in sorted({*told, *named})]

    def forget(self, context: int | None) -> None:
        """A frame is gone, with what it showed; `None`: the whole page."""
        for state in self.symbols.values():
            state.forget(context)

    def succeed(self, other: "QuoteBuilder") -> None:
        """Go on in place of another quoter: what it knows of symbols that this one has not seen yet still holds."""
        other.forget(None)
        self.symbols = {**other.symbols, **self.symbols}

    def _state(self, reading: Reading) -> SymbolState | None:
        state = self.symbols.get(reading.symbol)
        if state is not None and reading.rule in state.rules:
            return state
        refusal = self._refusal(reading, state)
        if refusal is not None:
            if len(self.refused) < _MAX_REFUSED:
                self.refused[reading.symbol] = refusal
            return None
        if state is None:
            state = self.symbols[reading.symbol] = SymbolState(reading.symbol)
        state.add(self._feed, reading.rule)
        return state

    def _rivals(self, rule: int, others: Iterable[int]) -> list[int]:
        """Those of other rules that read one of its prices."""
        rules = self._feed.rules
        return [other for other in others if other != rule and rules[rule].common_fields(rules[other])]

    def _refusal(self, reading: Reading, state: SymbolState | None) -> str | None:
        """Why a symbol is not taken from this rule. An earlier rule of the feed file goes before a later one."""
        if not 0 <= reading.rule < len(self._feed.rules):
            return f"the feed file has no rule {reading.rule}"
        place = self._feed.rule_name(reading.rule)
        if state is not None:
            first = min(self._rivals(reading.rule, state.rules), default=reading.rule)
            shared = self._feed.rules[reading.rule].common_fields(self._feed.rules[first])
            taken = f"{' and '.join(shared)} of {reading.symbol} is taken from {self._feed.rule_name(first)} already"
            return f"{place}: {taken}" if first < reading.rule else None
        if len(self.symbols) >= MAX_SYMBOLS:
            return f"{place}: more than {MAX_SYMBOLS} symbols on one page, {reading.symbol} is not followed"
        try:
            check_symbol(reading.symbol)
        except InvalidSymbol as error:
            return f"{place}: {error}"
        owner = self._owners.claim(reading.symbol, self._feed)
        if owner is not self._feed:
            return f"{place}: {reading.symbol} is taken from {owner.path.name} already"
        return None


def _crossed(quote: Quote) -> bool:
    return quote.ask is not None and quote.bid is not None and Decimal(quote.ask) < Decimal(quote.bid)
