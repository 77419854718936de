"""Symbols, cursors, and what is computed from a tick's prices."""

from datetime import UTC, datetime, timedelta
from decimal import Context, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import BOUNDED, cursors, microseconds, symbols, ticks
from tickql.feed.errors import InvalidCursor, InvalidSymbol
from tickql.feed.tick import Cursor, Tick, check_symbol, instant, unix_us


def tick(ask: str | None, bid: str | None) -> Tick:
    return Tick(Cursor("ES", 1, 1), ask, bid, None, 0, 0)


@BOUNDED
@given(ticks)
def test_mid_and_spread_are_exact_for_any_prices(tick: Tick) -> None:
    if tick.ask is None or tick.bid is None:
        assert tick.mid is None
        assert tick.spread is None
    else:
        assert tick.mid is not None
        assert tick.spread is not None
        assert Fraction(tick.mid) == (Fraction(tick.ask) + Fraction(tick.bid)) / 2
        assert Fraction(tick.spread) == Fraction(tick.ask) - Fraction(tick.bid)
        assert "E" not in tick.mid + tick.spread


@pytest.mark.parametrize(
    ("ask", "bid", "mid", "spread"),
    [
        ("22258.75", "22255.50", "22257.125", "3.25"),
        ("1.10", "1.10", "1.10", "0.00"),
        ("1", "2", "1.5", "-1"),
        ("-37.63", "-40.32", "-38.975", "2.69"),
        (None, "1", None, None),
        ("1", None, None, None),
    ],
)
def test_mid_and_spread_keep_the_digits_of_the_page(
    ask: str | None, bid: str | None, mid: str | None, spread: str | None
) -> None:
    assert (tick(ask, bid).mid, tick(ask, bid).spread) == (mid, spread)


def test_mid_is_exact_whatever_precision_the_program_has_set() -> None:
    with localcontext(Context(prec=3)):
        assert tick("1" * 30 + "." + "1" * 30, "0").spread == "1" * 30 + "." + "1" * 30


@BOUNDED
@given(cursors)
def test_a_cursor_survives_its_text_form(cursor: Cursor) -> None:
    assert Cursor.parse(str(cursor)) == cursor


def test_the_last_colon_ends_the_symbol_of_a_cursor() -> None:
    assert Cursor.parse("BINANCE:BTC:7-1") == Cursor("BINANCE:BTC", 7, 1)
    assert Cursor.parse("A::7-1") == Cursor("A:", 7, 1)


def test_a_cursor_is_refused_for_another_symbol() -> None:
    cursor = Cursor("ES", 7, 1)
    assert cursor.check_symbol("ES") is cursor
    with pytest.raises(InvalidCursor, match="cursor 'ES:7-1' belongs to symbol 'ES', not to 'NQ'"):
        cursor.check_symbol("NQ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "1-1",
        ":1-1",
        "E S:1-1",
        "ES:",
        "ES:1",
        "ES:1-",
        "ES:-1",
        "ES:0-1",
        "ES:1-01",
        "ES:01-1",
        "ES:1-1-1",
        "ES:1- 1",
        "ES:1-1\n",
        "ES:\uff11-\uff11",
        "ES:1-" + "9" * 17,
        "ES:a-b",
        f"{'E' * 33}:1-1",
    ],
)
def test_any_other_text_is_not_a_cursor(text: str) -> None:
    with pytest.raises(InvalidCursor, match="is not <symbol>:<epoch>-<seq>"):
        Cursor.parse(text)


@BOUNDED
@given(symbols)
def test_a_valid_symbol_is_returned_unchanged(symbol: str) -> None:
    assert check_symbol(symbol) == symbol


@pytest.mark.parametrize("text", ["", " ES", "ES ", "ES\n", "E{S}", "E*", "ÉS", "E\x00S", "E" * 33, "E" * 10_000])
def test_any_other_text_is_not_a_symbol(text: str) -> None:
    with pytest.raises(InvalidSymbol) as refusal:
        check_symbol(text)
    assert len(str(refusal.value)) < 200


@BOUNDED
@given(st.text(max_size=40))
def test_a_symbol_cannot_break_out_of_its_keys(text: str) -> None:
    try:
        check_symbol(text)
    except InvalidSymbol:
        return
    assert not set(text) & set("{}*?[] \r\n\x00\\")


@BOUNDED
@given(microseconds)
def test_a_time_is_exact_to_the_microsecond(at_us: int) -> None:
    at = instant(at_us)
    assert at == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
    assert unix_us(at) == at_us


def test_a_tick_has_the_times_of_observation_and_publishing() -> None:
    tick = Tick(Cursor("ES", 7, 3), None, None, "1", 1_000_001, 2_000_002)
    assert tick.seq == 3
    assert tick.observed_at.isoformat() == "1970-01-01T00:00:01.000001+00:00"
    assert tick.published_at.isoformat() == "1970-01-01T00:00:02.000002+00:00"
