"""The quote builder, without a page."""

import pytest

from tickql.feed.tick import Quote
from tickql.producer.capture.messages import Reading
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.price_fields import FIELD_NAMES
from tickql.producer.quotes.quote_builder import MAX_SYMBOLS, QuoteBuilder

NOW_US = 1_750_000_000_000_000
SYMBOL = '[page]\nurl = "http://localhost/"\n[[symbol]]\nname = "ES"\nask = "#a"\nbid = "#b"\nlast = "#l"'
TABLE = '[page]\nurl = "http://localhost/"\n[[table]]\nrows = "tr"\nsymbol = "td"\nlast = "b"'


def quote_builder(feed: str = SYMBOL) -> QuoteBuilder:
    return QuoteBuilder(FeedFile.parse(feed))


def read(
    quote_builder: QuoteBuilder,
    *texts: str | None,
    symbol: str = "ES",
    us: int = NOW_US,
    context: int = 1,
    rule: int = 0,
) -> list[tuple[str | None, ...]]:
    quotes = quote_builder.build(context, [Reading(us, rule, symbol, texts)], NOW_US)
    return [(quote.ask, quote.bid, quote.last) for quote in quotes]


def test_a_reading_makes_one_quote_with_the_digits_of_the_page() -> None:
    quotes = quote_builder().build(1, [Reading(NOW_US - 5, 0, "ES", ("1,234.50", "1234.25", "--"))], NOW_US)
    assert list(quotes) == [Quote("ES", "1234.50", "1234.25", None, NOW_US - 5)]


def test_an_empty_reading_makes_none_whatever_other_prices_are_known() -> None:
    es = quote_builder()
    read(es, "2", "1", "1.5")
    assert read(es, None, None, None) == []
    assert read(es, "2", "1", "1.5") == []


def test_what_the_old_page_has_lost_is_told_by_the_new_page() -> None:
    old, new = quote_builder(), quote_builder()
    for page in (old, new):
        read(page, "2", "1", "1.5")
    old.add_merged({(0, "ES"): 3})
    new.add_merged({(0, "ES"): 1})
    new.take_over_from(old)
    [quote] = new.build(1, [Reading(NOW_US, 0, "ES", ("3", "1", "1.5"))], NOW_US)
    assert quote.merged == 4


def test_each_price_has_the_time_of_its_own_newest_change() -> None:
    es = quote_builder()
    for us, texts in ((10, ("2", "1", None)), (20, ("2", "1.25", None)), (30, ("2", "1.25", None))):
        read(es, *texts, us=NOW_US - 100 + us)
    state = es.symbols["ES"]
    changed_us = [state.changed_us(field) for field in FIELD_NAMES]
    assert changed_us == [NOW_US - 90, NOW_US - 80, None]


def test_a_price_does_not_become_younger_by_a_new_page_that_shows_the_same() -> None:
    old, new = quote_builder(), quote_builder()
    read(old, "2", "1", "1.5", us=NOW_US - 50)
    read(new, "2", "1", "1.6", us=NOW_US - 10)
    new.take_over_from(old)
    state = new.symbols["ES"]
    assert [state.changed_us(field) for field in FIELD_NAMES] == [NOW_US - 50, NOW_US - 50, NOW_US - 10]


def test_a_repeat_makes_none() -> None:
    es = quote_builder()
    read(es, "2", "1", "1.5")
    assert read(es, "2", "1", "1.5") == []
    assert read(es, " 2 ", "1", "$1.5") == []
    assert es.stats["repeats"] == 2


def test_other_digits_of_the_same_number_are_a_change() -> None:
    es = quote_builder()
    read(es, "2", "1", "1.5")
    assert read(es, "2", "1", "1.50") == [("2", "1", "1.50")]


def test_a_field_that_disappears_causes_no_quote_and_is_null_in_quotes_of_the_others() -> None:
    es = quote_builder()
    read(es, "2", "1", "1.5")
    assert read(es, "2", None, "1.5") == []
    assert read(es, "3", None, "1.5") == [("3", None, "1.5")]
    assert read(es, "3", "1", "1.5") == [("3", "1", "1.5")]


def test_a_text_that_is_no_price_makes_no_quote_and_is_counted() -> None:
    es = quote_builder()
    read(es, "2", "1", "1.5")
    assert read(es, "2", "1", "3.00.153") == []
    assert read(es, "2", "1", "1.5") == []
    assert es.symbols["ES"].fields["last"].unparsed == 1


def test_a_symbol_that_shows_no_price_yet_makes_no_quote() -> None:
    es = quote_builder()
    assert read(es, "--", "", "n/a") == []
    assert read(es, "2", "", "n/a") == [("2", None, None)]
    assert read(es, "--", "", "n/a") == [(None, None, None)]


def test_a_crossed_market_is_published_and_counted() -> None:
    es = quote_builder()
    assert read(es, "1", "2", "") == [("1", "2", None)]
    assert es.stats["crossed"] == 1


@pytest.mark.parametrize(("page_us", "observed_us"), [(NOW_US - 9, NOW_US - 9), (NOW_US + 9, NOW_US)])
def test_no_price_is_observed_in_the_future(page_us: int, observed_us: int) -> None:
    (quote,) = quote_builder().build(1, [Reading(page_us, 0, "ES", ("1", "1", "1"))], NOW_US)
    assert quote.observed_us == observed_us


def test_the_time_of_a_symbol_never_goes_back() -> None:
    es = quote_builder()
    readings = [Reading(NOW_US - ago, 0, "ES", (str(ago), "1", "1")) for ago in (10, 20, 5)]
    assert [quote.observed_us for quote in es.build(1, readings, NOW_US)] == [NOW_US - 10, NOW_US - 10, NOW_US - 5]


def test_the_fields_of_one_symbol_may_be_in_different_frames() -> None:
    es = quote_builder()
    assert read(es, "2", None, None, context=1) == [("2", None, None)]
    assert read(es, None, "1", None, context=2) == [("2", "1", None)]
    es.remove_frame(1)
    assert read(es, None, "3", None, context=2) == [(None, "3", None)]


def test_a_field_that_two_frames_show_is_not_known() -> None:
    es = quote_builder()
    read(es, "2", "1", None, context=1)
    assert read(es, "9", None, None, context=2) == []
    es.remove_frame(1)
    assert read(es, "9", None, "1", context=2) == [("9", None, "1")]


def test_after_a_new_page_the_same_prices_are_still_a_repeat() -> None:
    es = quote_builder()
    read(es, "2", "1", "1.5")
    es.remove_frame(None)
    assert read(es, "2", "1", "1.5", context=7) == []


def test_a_text_that_cannot_be_a_symbol_is_refused_with_a_reason() -> None:
    board = quote_builder(TABLE)
    assert read(board, None, None, "1", symbol="E S") == []
    assert board.refused["E S"].startswith("[[table]] #1: symbol 'E S' is not 1 to 32 letters")


def test_an_earlier_rule_is_preferred_to_a_later_one() -> None:
    board = quote_builder(SYMBOL + TABLE.partition('"http://localhost/"')[2])
    read(board, None, None, "1", symbol="ES", rule=1)
    assert read(board, "2", "1", "1.5", symbol="ES", rule=0) == [("2", "1", "1.5")]
    assert read(board, None, None, "9", symbol="ES", rule=1) == []
    assert board.refused["ES"] == '[[table]] #1: last of ES is taken from symbol "ES" already'


def test_rules_that_read_different_prices_of_a_symbol_make_one_quote() -> None:
    board = quote_builder(SYMBOL.replace('last = "#l"', "") + TABLE.partition('"http://localhost/"')[2])
    assert read(board, None, None, "1.5", rule=1) == [(None, None, "1.5")]
    assert read(board, "2", "1", None, rule=0) == [("2", "1", "1.5")]
    assert read(board, None, None, None, rule=1) == []
    assert read(board, "2", "1.1", None, rule=0) == [("2", "1.1", None)]
    assert not board.refused


def test_the_fields_of_a_rule_that_is_removed_are_not_known_any_more() -> None:
    board = quote_builder(SYMBOL.replace('bid = "#b"', "") + TABLE.partition('"http://localhost/"')[2] + '\nbid = "i"')
    assert read(board, None, "1", "1.5", rule=1) == [(None, "1", "1.5")]
    assert read(board, "2", None, "1.6", rule=0) == [("2", None, "1.6")]
    assert read(board, None, "1", "1.7", rule=1) == []
    assert board.refused["ES"] == '[[table]] #1: last of ES is taken from symbol "ES" already'


def test_a_page_cannot_fill_the_memory_with_symbols() -> None:
    board = quote_builder(TABLE)
    for number in range(MAX_SYMBOLS + 500):
        read(board, None, None, "1", symbol=f"S{number}")
    assert len(board.symbols) == MAX_SYMBOLS
    assert len(board.refused) == 100
    assert board.stats["refused"] == 500


def test_a_jump_is_published_once_a_second_price_confirms_it() -> None:
    es = quote_builder(SYMBOL.replace('"#l"', '{ selector = "#l", max_jump = 1, hold = true }'))
    lasts = ["10", "50", "10.5", "60", "60.5", "61"]
    published = [last for last in lasts if read(es, None, None, last)]
    assert published == ["10", "10.5", "60.5", "61"]


@pytest.mark.parametrize(
    ("lost", "merged"),
    [
        pytest.param({(0, "S&P 500"): 7}, 7, id="by the page's text"),
        pytest.param({(0, "S&P 500"): 7, (0, "S&P  500"): 2}, 9, id="by each of its texts"),
        pytest.param({(0, "SPX"): 7}, 0, id="a text that the names do not tell"),
        pytest.param({(1, "S&P 500"): 7, (9, "S&P 500"): 7}, 0, id="by a rule that does not read the symbol"),
    ],
)
def test_lost_changes_are_counted_for_the_symbol_that_the_text_means(
    lost: dict[tuple[int, str], int], merged: int
) -> None:
    named = TABLE.replace('symbol = "td"', 'symbol = { selector = "td", names = { "S&P 500" = "SPX" } }')
    board = quote_builder(named)
    read(board, None, None, "1", symbol="S&P 500")
    board.add_merged(lost)
    (quote,) = board.build(1, [Reading(NOW_US, 0, "S&P 500", (None, None, "2"))], NOW_US)
    assert (quote.symbol, quote.merged) == ("SPX", merged)


PAIR = SYMBOL.replace('\nlast = "#l"', "")


def loaded_again(*asks_and_bids: tuple[str | None, str | None], settled_after_us: int = 0) -> list[tuple[object, ...]]:
    """The quotes, with their `merged`, of a page that showed 10 and 9, was loaded again, and then showed these."""
    es = quote_builder(PAIR)
    read(es, "10", "9", None)
    es.remove_frame(None)
    readings = [Reading(NOW_US, 0, "ES", (ask, bid, None)) for ask, bid in asks_and_bids]
    quotes = [*es.build(2, readings, NOW_US), *es.settle(NOW_US + settled_after_us)]
    return [(quote.ask, quote.bid, quote.merged) for quote in quotes]


@pytest.mark.parametrize(
    ("shown", "quotes"),
    [
        pytest.param([("11", None), ("12", None), ("13", "9")], [("13", "9", 2)], id="a full quote replaces two"),
        pytest.param([("11", None), ("11", None), ("13", "9")], [("13", "9", 1)], id="a repeat is no change"),
        pytest.param([("11", None), ("10", "9"), ("13", "9")], [("13", "9", 1)], id="back to the newest quote"),
        pytest.param([("11", ""), ("12", ""), ("12", "9")], [("12", "9", 1)], id="a cell that is filled late is none"),
        pytest.param([("", ""), ("13", "9")], [("13", "9", 0)], id="empty cells are no change"),
        pytest.param([("10", ""), ("13", "9")], [("13", "9", 0)], id="nor is a cell beside an unchanged one"),
    ],
)
def test_changes_that_were_withheld_after_a_load_are_counted_in_the_quote_that_replaces_them(
    shown: list[tuple[str | None, str | None]], quotes: list[tuple[object, ...]]
) -> None:
    assert loaded_again(*shown) == quotes


def test_what_is_withheld_until_the_page_has_settled_counts_only_what_it_replaced() -> None:
    assert loaded_again(("11", None), ("12", None), settled_after_us=60_000_000) == [("12", None, 1)]


def test_withheld_changes_of_a_page_that_is_loaded_once_more_are_counted_too() -> None:
    es = quote_builder(PAIR)
    read(es, "10", "9", None)
    es.remove_frame(None)
    read(es, "11", None, None, context=2)
    es.remove_frame(None)
    (quote,) = es.build(3, [Reading(NOW_US, 0, "ES", ("13", "9", None))], NOW_US)
    assert quote.merged == 1


def test_another_frame_that_goes_does_not_end_the_wait_for_a_withheld_quote() -> None:
    es = quote_builder(PAIR)
    read(es, "10", "9", None)
    es.remove_frame(None)
    read(es, "11", None, None, context=2)
    es.remove_frame(7)
    assert [(quote.ask, quote.bid) for quote in es.settle(NOW_US + 60_000_000)] == [("11", None)]
