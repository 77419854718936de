"""Splice: the quotes of a new page continue those that an old page has published, in this process or in another."""

from collections.abc import Callable, Mapping, Sequence

from tickql.feed.tick import Quote
from tickql.producer.quotes.alignment import Prices, align
from tickql.producer.quotes.catch_up import CatchUp
from tickql.producer.quotes.quote_sink import QuoteSink
from tickql.producer.quotes.symbol_state import SymbolState


def splice(
    old: Mapping[str, Sequence[Quote]],
    new: Mapping[str, Sequence[Quote]],
    states: Mapping[str, SymbolState],
    sink: QuoteSink,
    end: Callable[[], None],
) -> QuoteSink:
    """Publish what the new page has shown and the old page has not; return the sink of the new page's next quotes.

    `old`: the newest published quotes of each symbol, and `new`: the quotes that the new page has shown, each in order.
    `states`: the symbols of the new page. While the new page is behind the old one, the answer is a `CatchUp`, which
    calls `end` when the new page may use `sink` itself; otherwise it is `sink`.
    """
    behind: dict[str, Sequence[Prices]] = {}
    for symbol, quotes in new.items():
        published = old.get(symbol, ())
        alignment = align(published, quotes)
        # The clocks of two pages may differ; the time of a symbol must not go back.
        newest_us = published[-1].observed_us if published else 0
        for quote in alignment.ahead:
            sink.publish(quote._replace(observed_us=max(quote.observed_us, newest_us)))
        if symbol in states:
            states[symbol].observed_us = max(states[symbol].observed_us, newest_us)
        if alignment.behind:
            behind[symbol] = alignment.behind

    def keep_merged(dropped: Quote) -> None:
        if dropped.symbol in states:
            states[dropped.symbol].merged += dropped.merged

    return CatchUp(sink, behind, end, keep_merged) if behind else sink
