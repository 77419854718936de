"""The quote builder: turns readings into quotes. Parses texts, joins the fields of a symbol, drops repeats. No I/O.

Several rules may read different prices of one symbol: a quote has the newest price of each rule. If several rules read
the same price, the first in the feed file counts; the others are ignored for this symbol.

A field whose price is not known (see `FieldState`) causes no quote: a field that disappears, or a text that is no
price, is no change of a price. Quotes that other fields of the symbol cause meanwhile have `None` for this field.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from tickql.feed.errors import InvalidSymbol
from tickql.feed.tick import Quote, check_symbol
from tickql.producer.capture.messages import Reading
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.quotes.symbol_state import SymbolState
from tickql.producer.quotes.symbol_texts import SymbolTexts, names_example
from tickql.producer.timings import DEFAULT_TIMINGS

MAX_SYMBOLS = 5_000
"""Symbols of one page. A page with more is misread: something else is taken for symbols, and would fill the memory."""
_MAX_REFUSED = 100
"""Refused symbols that are remembered. The status shows the first of them, and their number."""


class QuoteBuilder:
    """Turns the readings of a feed file's pages into quotes. It outlives each page.

    `owners`: which feed file of the producer owns which symbol; `None`: there is no other feed file.
    """

    def __init__(
        self, feed: FeedFile, owners: SymbolOwners | None = None, settle_s: float = DEFAULT_TIMINGS.settle_s
    ) -> None:
        self.stats: Counter[str] = Counter()
        """Counts: `quotes`; `repeats` (readings without a change); `crossed` (ask below bid: published all the same);
        `refused` (readings whose symbol was refused); `ignored` (readings of which the file's names do not tell)."""
        self.symbols: dict[str, SymbolState] = {}
        """By symbol. A symbol stays when its page is loaded again, so that unchanged prices cause no quote."""
        self.refused: dict[str, str] = {}
        """Refused symbols, as the page shows them, and why: a sentence for people."""
        self.unusable: dict[str, str] = {}
        """Those of the refused symbols that cannot be symbols of a feed, and the rules that show them."""
        self.symbol_texts = SymbolTexts(feed)
        self._feed = feed
        self._settle_us = round(settle_s * 1e6)
        self._withholding: set[str] = set()
        self._owners = owners or SymbolOwners([feed])
        self._states: dict[str, dict[int, SymbolState]] = {}  # by what the page shows as symbol, and by rule
        self._rules_by_name: defaultdict[str, list[int]] = defaultdict(list)
        for index, rule in enumerate(feed.rules):
            for symbol in rule.named_symbols:
                self._rules_by_name[symbol].append(index)

    def build(self, context: int, readings: Iterable[Reading], now_us: int) -> Iterator[Quote]:
        """Yield the quotes that the readings of a frame cause. `now_us`: the producer's clock, Unix microseconds."""
        for reading in readings:
            known = self._states.get(reading.symbol)
            state = (known and known.get(reading.rule)) or self._state(reading)
            if state is None:
                continue
            quote = state.apply(context, reading, now_us)
            if quote is None:
                if state.is_withholding:
                    self._withholding.add(state.symbol)
                self.stats["repeats"] += 1
                continue
            self.stats["quotes"] += 1
            self.stats["crossed"] += _crossed(quote)
            yield quote

    def add_merged(self, lost: Mapping[tuple[int, str], int]) -> None:
        """Count changes that were lost, by rule and by what the page shows as symbol: later readings replace them."""
        for (rule, text), count in lost.items():
            symbol = self.symbol_texts.read(rule, text).symbol
            state = self.symbols.get(symbol) if symbol is not None else None
            if state is not None and rule in state.rules:
                state.merged += count

    def settle(self, now_us: int) -> Iterator[Quote]:
        """Yield the quotes that were withheld while a page was loading and that the page still shows now."""
        for symbol in list(self._withholding):
            state = self.symbols.get(symbol)
            quote = None if state is None else state.settle(now_us)
            if state is None or not state.is_withholding:
                self._withholding.discard(symbol)
            if quote is not None:
                self.stats["quotes"] += 1
                yield quote

    def drop_withheld(self) -> None:
        """Drop the quotes that are withheld: the prices of the page do not count now."""
        for symbol in self._withholding:
            if (state := self.symbols.get(symbol)) is not None:
                state.drop_withheld()
        self._withholding.clear()

    def rules_of(self, symbol: str) -> list[tuple[int, SymbolState | None]]:
        """The rules that read a symbol, in the order of the feed file, each with the symbol's state.

        The state is `None` for a rule that names the symbol but has not read it yet. The list is empty if no rule names
        the symbol and none has read it.
        """
        state = self.symbols.get(symbol)
        reading = state.rules if state is not None else ()
        naming = [rule for rule in self._rules_by_name.get(symbol, ()) if not self._overlapping(rule, reading)]
        return [(rule, state if rule in reading else None) for rule in sorted({*reading, *naming})]

    def remove_frame(self, context: int | None) -> None:
        """Remove the texts of a frame; `None`: of the whole page. Prices that were published stay published."""
        for state in self.symbols.values():
            state.remove_frame(context)

    def take_over_from(self, old: "QuoteBuilder") -> None:
        """Continue in place of the old page's quote builder: keep its symbols that this one has not read yet."""
        # Frames of both pages may have the same numbers: texts of the old page must not be joined with new ones.
        old.remove_frame(None)
        for symbol, state in old.symbols.items():
            if symbol in self.symbols:
                self.symbols[symbol].continue_from(state)
        self.symbols = {**old.symbols, **self.symbols}
        self._states.clear()

    def drop_solved_problems(self) -> None:
        """Drop the problems of fields that have been reported and exist no more."""
        for state in self.symbols.values():
            for field in state.fields.values():
                field.drop_solved_problem()

    def _state(self, reading: Reading) -> SymbolState | None:
        """The state of a reading's symbol; `None`: the symbol is not followed, or not by this rule."""
        symbol, doubt = self.symbol_texts.read(reading.rule, reading.symbol)
        if symbol is None and doubt is None:
            self.stats["ignored"] += 1
            return None
        state = self.symbols.get(symbol) if symbol is not None else None
        if state is None or reading.rule not in state.rules:
            refusal = doubt or self._refusal(reading, symbol or "", state)
            if refusal is not None:
                self.stats["refused"] += 1
                if len(self.refused) < _MAX_REFUSED:
                    self.refused[reading.symbol] = refusal
                return None
            assert symbol is not None, "there is a doubt or a symbol"
            if state is None:
                state = self.symbols[symbol] = SymbolState(symbol, self._settle_us)
            state.add_rule(self._feed, reading.rule)
            # The symbol may have lost another rule.
            self._states.clear()
        state.drop_empty_texts()
        if len(self._states) > MAX_SYMBOLS:
            self._states.clear()
        self._states.setdefault(reading.symbol, {})[reading.rule] = state
        return state

    def _overlapping(self, rule: int, others: Iterable[int]) -> list[int]:
        """Those of the other rules that read one of the rule's prices."""
        rules = self._feed.rules
        return [other for other in others if other != rule and rules[rule].common_fields(rules[other])]

    def _refusal(self, reading: Reading, symbol: str, state: SymbolState | None) -> str | None:
        """Why a symbol is not read by this rule; `None`: it is. An earlier rule of the feed file goes first."""
        # The rule's index comes from the process of the page, which is not trusted.
        if not 0 <= reading.rule < len(self._feed.rules):
            return f"the feed file has no rule {reading.rule}"
        place = self._feed.rule_name(reading.rule)
        if state is not None:
            first = min(self._overlapping(reading.rule, state.rules), default=reading.rule)
            shared = self._feed.rules[reading.rule].common_fields(self._feed.rules[first])
            taken = f"{' and '.join(shared)} of {symbol} is taken from {self._feed.rule_name(first)} already"
            return f"{place}: {taken}" if first < reading.rule else None
        if len(self.symbols) >= MAX_SYMBOLS:
            return f"{place}: more than {MAX_SYMBOLS} symbols on one page, {symbol} is not followed"
        try:
            check_symbol(symbol)
        except InvalidSymbol as error:
            if len(self.unusable) < _MAX_REFUSED:
                self.unusable[reading.symbol] = place
            return f"{place}: {error}: give it one, {names_example(symbol)}"
        owner = self._owners.claim(symbol, self._feed)
        if owner is not self._feed:
            return f"{place}: {symbol} is taken from {owner.path.name} already"
        return None


def _crossed(quote: Quote) -> bool:
    return quote.ask is not None and quote.bid is not None and Decimal(quote.ask) < Decimal(quote.bid)
