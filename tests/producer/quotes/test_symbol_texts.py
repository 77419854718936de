"""The symbols that a page shows: names of the feed file, and pieces."""

import pytest

from tests.producer.prices.test_seen_text import seen
from tests.producer.quotes.test_quote_builder import TABLE, quote_builder, read
from tickql.producer.capture.messages import FieldPlace
from tickql.producer.errors import FeedFileError
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.health.symbol_health import refusals
from tickql.producer.quotes.quote_builder import QuoteBuilder
from tickql.producer.quotes.symbol_texts import Places, SymbolTexts

NAMES = TABLE.replace('"td"', '{ selector = "td", names = { "S&P 500" = "SPX", "日経225" = "N225", "ES1" = "ES" } }')
LABELLED = (
    '[page]\nurl = "http://localhost/"\n[[labelled]]\nbox = "li"\nlabel = "b"\nvalue = "i"\n'
    'labels = { last = "Last" }\nsymbol = { selector = "h2", names = { "M&M" = "MM" } }'
)


def _read_symbol(board: QuoteBuilder, symbol: str, last: str = "1") -> list[str]:
    read(board, None, None, last, symbol=seen(symbol))
    return list(board.symbols)


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("S&P 500", "SPX"),
        ("S&P \u00a0 500", "SPX"),
        ("S&P|1=500", "SPX"),
        ("日経225", "N225"),
        ("日経|0s225", "N225"),
        ("ES|0^1", "ES"),
    ],
)
def test_a_name_that_the_feed_file_gives_is_its_symbol(text: str, symbol: str) -> None:
    board = quote_builder(NAMES)
    assert _read_symbol(board, text) == [symbol]
    assert not board.refused


def test_rows_with_other_names_are_ignored() -> None:
    board = quote_builder(NAMES)
    assert _read_symbol(board, "SPX") == []
    assert _read_symbol(board, "Dow Jones") == []
    assert not board.refused
    assert board.stats["ignored"] == 2


def test_boxes_have_names_too() -> None:
    board = quote_builder(LABELLED)
    assert _read_symbol(board, "M&M") == ["MM"]


def test_pieces_of_a_symbol_that_touch_and_look_alike_are_one_name() -> None:
    assert _read_symbol(quote_builder(TABLE), "EUR|0=/|0=USD") == ["EUR/USD"]
    assert _read_symbol(quote_builder(TABLE), "BRK|0=.B") == ["BRK.B"]


@pytest.mark.parametrize("text", ["ES|0^1", "ES|0=1", "ES|1=Futures", "ES|3=MINI", "EUR|0s/USD", "|0xES|0=NQ"])
def test_other_pieces_of_a_symbol_are_refused_with_what_to_write(text: str) -> None:
    board = quote_builder(TABLE)
    assert _read_symbol(board, text) == []
    (reason,) = board.refused.values()
    assert reason.startswith("[[table]] #1: the symbol is shown as ")
    assert "narrower selector for it, or symbol = { ..., names = { " in reason
    assert reason.isprintable()


def test_a_symbol_that_cannot_be_read_is_refused_with_the_reason() -> None:
    board = quote_builder(TABLE)
    assert _read_symbol(board, "\x1ethe font maps letters") == []
    (reason,) = board.refused.values()
    assert reason == "[[table]] #1: the symbol is a text that cannot be read: the font maps letters"


def test_a_symbol_that_the_page_shows_under_two_texts_is_not_known_where_they_differ() -> None:
    board = quote_builder(TABLE)
    assert read(board, None, None, "1", symbol="BRK.B") == [(None, None, "1")]
    assert read(board, None, None, "2", symbol=seen("BRK|0=.B")) == []
    assert read(board, None, None, None, symbol="BRK.B") == [(None, None, "2")]


def test_the_places_of_a_heartbeat_are_those_of_the_symbols() -> None:
    places: Places = {
        (0, "S&P 500"): (None, None, FieldPlace(1, 0)),
        (0, seen("S&P|1=500")): (None, None, FieldPlace(1, 0)),
        (0, "Dow Jones"): (None, None, FieldPlace(1, 0)),
    }
    assert SymbolTexts(FeedFile.parse(NAMES)).translate(places) == {(0, "SPX"): (None, None, FieldPlace(2, 0))}
    refused: Places = {(0, seen("ES|0^1")): (None, None, FieldPlace(1, 0))}
    assert SymbolTexts(FeedFile.parse(TABLE)).translate(refused) == refused


def test_many_names_that_cannot_be_symbols_are_one_sentence_with_their_number() -> None:
    board = quote_builder(TABLE)
    names = [f"Company number {number}" for number in range(20)]
    for name in names:
        _read_symbol(board, name)
    (sentence,) = refusals(board, names)
    assert sentence.startswith("[[table]] #1: 20 names cannot be symbols ('Company number 0', 'Company number 1', ")
    assert " and 14 more): give them symbols, symbol = { ..., names = { " in sentence
    (alone,) = refusals(board, names[:1])
    assert 'names = { "Company number 0" = "..." }' in alone


@pytest.mark.parametrize(
    ("feed", "line"),
    [
        (NAMES.replace('"N225"', '"SPX"'), 'symbol: names: symbol "SPX" is given 2 times'),
        (NAMES.replace('"N225"', '"N 225"'), "symbol 'N 225' is not 1 to 32 letters"),
        (NAMES.replace('selector = "td", ', ""), "no place for the symbol"),
        (LABELLED.replace('selector = "h2"', 'name = "MM"'), "name and names contradict each other"),
    ],
)
def test_names_that_are_wrong_are_refused_in_one_line(feed: str, line: str) -> None:
    with pytest.raises(FeedFileError) as refused:
        FeedFile.parse(feed)
    assert line in str(refused.value)


def test_names_that_the_page_shows_no_more_are_forgotten() -> None:
    board = quote_builder(NAMES)
    for number in range(3, 40):
        read(board, None, None, "1", symbol="S&P" + " " * number + "500")
        assert read(board, None, None, None, symbol="S&P" + " " * number + "500") == []
    assert len(board.symbols["SPX"]._texts) <= 2
