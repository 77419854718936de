"""Simulated quotes: repeatable, always moving, in the notation that the demo's feed file reads."""

from decimal import Decimal
from itertools import islice, pairwise
from pathlib import Path

import pytest

from tickql.demo import __file__ as demo_file
from tickql.demo.instruments import BOARD, Instrument
from tickql.demo.simulation import simulate
from tickql.producer.feedfile.feed_file import FeedFile


def test_the_same_seed_makes_the_same_market() -> None:
    assert list(islice(simulate(1, 20), 5000)) == list(islice(simulate(1, 20), 5000))
    assert list(islice(simulate(1, 20), 5000)) != list(islice(simulate(2, 20), 5000))


@pytest.mark.parametrize("rate_hz", [0.5, 20, 60, 100])
def test_each_symbol_changes_at_the_rate_asked_for_and_never_faster_than_the_pace(rate_hz: float) -> None:
    quotes = list(islice(simulate(1, rate_hz), 12_000))
    assert [quote.at_us for quote in quotes] == sorted(quote.at_us for quote in quotes)
    for instrument in BOARD:
        times = [quote.at_us for quote in quotes if quote.symbol == instrument.symbol]
        assert len(times) / (times[-1] / 1_000_000) == pytest.approx(rate_hz, rel=0.1)
        assert min(later - earlier for earlier, later in pairwise(times)) >= 10_000


def test_each_quote_differs_from_the_one_before_of_its_symbol() -> None:
    last_seen: dict[str, tuple[str, str, str]] = {}
    for quote in islice(simulate(1, 20), 12_000):
        texts = (quote.ask, quote.bid, quote.last)
        assert last_seen.get(quote.symbol) != texts
        last_seen[quote.symbol] = texts
    assert len(last_seen) == 12


def test_the_feed_file_reads_every_text_that_the_board_shows_and_ask_is_above_bid() -> None:
    feed = FeedFile.load(Path(demo_file).parent / "feed.toml")
    formats = {feed.rule_name(index): rule.price_format("ask") for index, rule in enumerate(feed.rules)}
    for quote in islice(simulate(3, 20), 12_000):
        price_format = formats.get(f'symbol "{quote.symbol}"', formats["[[table]] #1"])
        ask, bid, last = (price_format.parse(text) for text in (quote.ask, quote.bid, quote.last))
        assert ask is not None
        assert bid is not None
        assert last is not None
        assert Decimal(ask) > Decimal(bid) > 0


@pytest.mark.parametrize(
    ("symbol", "steps", "text"),
    [
        ("ES", 24_412, "6,103.00"),
        ("ES", 24_413, "6,103.25"),
        ("YM", 44_518, "44,518"),
        ("NG", 4_061, "4.061"),
        ("ZN", 7_073, "110'165"),
        ("ZN", 7_042, "110'010"),
        ("EUR/USD", 108_503, "1.08503"),
    ],
)
def test_prices_have_the_notation_of_their_market(symbol: str, steps: int, text: str) -> None:
    assert _instrument(symbol).price_text(steps) == text


def _instrument(symbol: str) -> Instrument:
    return next(each for each in BOARD if each.symbol == symbol)
