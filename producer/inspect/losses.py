"""What the producer loses or doubts of a page, though all that it reads is LIVE: for `tickql check`. No I/O."""

from collections.abc import Iterator
from decimal import Decimal

from tickql.producer.capture.messages import NOT_FOUND
from tickql.producer.clock import now_us
from tickql.producer.feedfile.stream_rules import StreamRule
from tickql.producer.health.diagnostics import diagnose_place
from tickql.producer.health.symbol_health import Places, add_places
from tickql.producer.prices.seen_text import plain_words
from tickql.producer.watch.feed_source import FeedSource

_MAX_TOLD = 3
# A market may be crossed for a moment, while one of two prices has moved.
_CROSSED_US = 1_000_000


def losses_of(source: FeedSource) -> list[str]:
    """Return a sentence for each loss of the page so far; the last one counts those of which there are too many."""
    found = [*_of_streams(source), *_never_read(source), *_unparsed(source), *_crossed(source)]
    more = len(found) - _MAX_TOLD
    return found if more <= 0 else [*found[:_MAX_TOLD], f"and {more} more"]


def _of_streams(source: FeedSource) -> Iterator[str]:
    """Messages that were not read whole. The producer reports each once: here that moment may be long over."""
    for index, loss in source.page_status.streams.losses():
        yield f"{source.feed.rule_name(index)}: {loss}"


def _never_read(source: FeedSource) -> Iterator[str]:
    """Rows of tables and boxes that name a symbol, of which no price was read."""
    found: dict[tuple[int, str], Places] = {}
    for heartbeat in source.page_status.heartbeats.values():
        for key, places in heartbeat.places.items():
            add_places(found.setdefault(key, {}), places)
    builder = source.quote_builder
    for (index, symbol), shown in found.items():
        rule = source.feed.rules[index]
        if symbol in builder.symbols or symbol in builder.refused or isinstance(rule, StreamRule):
            continue
        problems = [diagnose_place(rule, name, shown.get(name, NOT_FOUND)) for name in rule.fields]
        yield f"{plain_words(symbol)}: {next(filter(None, problems), 'no price was read')}"


def _unparsed(source: FeedSource) -> Iterator[str]:
    """Prices that are read now, but showed texts that are none."""
    for symbol, state in source.quote_builder.symbols.items():
        for name, field in state.fields.items():
            if field.known and field.unparsed:
                count = f"{field.unparsed} of {field.changes} texts were no price"
                yield f"{symbol}: {name}: {count}; it {field.unparsed_problem}"


def _crossed(source: FeedSource) -> Iterator[str]:
    """Bids above asks that lasted: the columns may be mixed up."""
    for symbol, state in source.quote_builder.symbols.items():
        quote = state.newest
        if quote is None or quote.ask is None or quote.bid is None or Decimal(quote.bid) <= Decimal(quote.ask):
            continue
        is_usual = 2 * source.quote_builder.stats["crossed"] >= source.quote_builder.stats["quotes"]
        if is_usual or now_us() - quote.observed_us > _CROSSED_US:
            yield f"{symbol}: bid {quote.bid} is above ask {quote.ask}: is each read from the right place?"
