"""The wire format: what every valid tick becomes, and what any other bytes are answered with."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import BOUNDED, cursors, json_values, microseconds, quotes
from tickql.feed.codec import (
    check_price,
    decode_live,
    decode_tick,
    encode_heartbeat,
    encode_tick,
    format_timestamp,
    parse_timestamp,
)
from tickql.feed.errors import InvalidMessage
from tickql.feed.tick import MAX_UNIX_US, Cursor, Quote, Tick

DOCUMENTED = (
    b'{"timestamp":"2025-02-19 08:02:05.053","symbol":"ES","ASK":"22258.75","BID":"22255.50","LAST":"22257.00",'
    b'"cursor":"ES:1739952000000-812","observed_us":1739952125053123,"published_us":1739952125053590}'
)
QUOTE = Quote("ES", ask="22258.75", bid="22255.50", last="22257.00", observed_us=1739952125053123)
CURSOR = Cursor("ES", 1739952000000, 812)


def message(**changes: Any) -> bytes:
    """The documented message with some keys changed; a key set to `...` is left out."""
    fields = json.loads(DOCUMENTED) | changes
    return json.dumps({key: value for key, value in fields.items() if value is not ...}).encode()


@BOUNDED
@given(quotes, cursors, microseconds)
def test_every_tick_comes_back_as_it_was_sent(quote: Quote, place: Cursor, published_us: int) -> None:
    cursor = place._replace(symbol=quote.symbol)
    wire = encode_tick(quote, cursor, published_us)
    tick = decode_tick(wire)
    assert tick == Tick(
        cursor, quote.ask, quote.bid, quote.last, quote.observed_us, published_us, quote.merged
    )  # fmt: skip
    assert decode_live(wire) == tick
    again = Quote(tick.symbol, tick.ask, tick.bid, tick.last, tick.observed_us, tick.merged)
    assert encode_tick(again, tick.cursor, tick.published_us) == wire


def test_the_message_is_the_documented_one_to_the_byte() -> None:
    assert encode_tick(QUOTE, CURSOR, 1739952125053590) == DOCUMENTED


def test_a_tick_that_replaces_changes_says_how_many_behind_the_documented_keys() -> None:
    merged = encode_tick(QUOTE._replace(merged=3), CURSOR, 1739952125053590)
    assert merged == DOCUMENTED[:-1] + b',"merged":3}'
    with pytest.raises(InvalidMessage, match="merged is -1 instead of a count"):
        decode_tick(message(merged=-1))


@BOUNDED
@given(quotes, cursors, microseconds)
def test_the_five_public_keys_come_first_in_their_documented_form(
    quote: Quote, cursor: Cursor, published_us: int
) -> None:
    fields = json.loads(encode_tick(quote, cursor, published_us))
    assert list(fields.items())[:5] == [
        ("timestamp", format_timestamp(quote.observed_us)),
        ("symbol", quote.symbol),
        ("ASK", quote.ask),
        ("BID", quote.bid),
        ("LAST", quote.last),
    ]


@BOUNDED
@given(microseconds)
def test_a_timestamp_is_the_time_cut_to_milliseconds(observed_us: int) -> None:
    assert parse_timestamp(format_timestamp(observed_us)) == observed_us - observed_us % 1000


def test_a_price_that_the_page_does_not_show_is_null() -> None:
    wire = encode_tick(Quote("ES", None, "1", None, 0), CURSOR, 0)
    assert b'"ASK":null,"BID":"1","LAST":null' in wire
    assert decode_tick(wire).ask is None


def test_unknown_keys_are_ignored() -> None:
    assert decode_tick(message(venue="XCME", depth=[[1, 2]])) == decode_tick(DOCUMENTED)


def test_the_last_value_of_a_repeated_key_counts() -> None:
    assert decode_tick(DOCUMENTED[:-1] + b',"LAST":"1.0"}').last == "1.0"


@BOUNDED
@given(st.binary(max_size=400))
def test_any_bytes_are_a_tick_or_an_invalid_message(data: bytes) -> None:
    assert_read_or_refused(data)


@BOUNDED
@given(json_values)
def test_any_json_is_a_tick_or_an_invalid_message(value: object) -> None:
    assert_read_or_refused(json.dumps(value).encode())


@BOUNDED
@given(st.sampled_from([*json.loads(DOCUMENTED), "heartbeat"]), json_values)
def test_any_value_under_any_key_is_a_tick_or_an_invalid_message(key: str, value: object) -> None:
    assert_read_or_refused(message(**{key: value}))


@BOUNDED
@given(st.integers(0, len(DOCUMENTED) - 1), st.integers(0, 255))
def test_a_message_with_one_byte_changed_is_a_tick_or_an_invalid_message(at: int, byte: int) -> None:
    assert_read_or_refused(DOCUMENTED[:at] + bytes([byte]) + DOCUMENTED[at + 1 :])


def assert_read_or_refused(data: bytes) -> None:
    for decode in (decode_tick, decode_live):
        try:
            read = decode(data)
        except InvalidMessage as error:
            line = str(error)
        else:
            line = ""
            assert isinstance(read, Tick | Cursor)
        assert len(line) < 200  # it goes into a log


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"NaN", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (message(observed_us=...)[:-1] + b',"observed_us":' + b"9" * 5_000 + b"}", ""),
        (message()[:-1] + b',"LAST":NaN}', "not JSON"),
        (message()[:-1] + b',"symbol":"\\ud800"}', ""),
        (b"null", "NoneType instead of an object"),
        (b"[]", "list instead of an object"),
        (b"1", "int instead of an object"),
        (b"{}", "cursor is None"),
        (DOCUMENTED.replace(b'"symbol":"ES",', b""), "symbol is None"),
        (message(symbol="E S"), "symbol 'E S'"),
        (message(symbol="ES\n"), "symbol 'ES"),
        (message(symbol="É"), "symbol 'É'"),
        (message(symbol=["ES"]), "symbol is a list"),
        (message(cursor="ES:1-1 "), "cursor 'ES:1-1 '"),
        (message(cursor="ES:0-1"), "cursor 'ES:0-1'"),
        (message(cursor="ES:1-01"), "cursor 'ES:1-01'"),
        (message(cursor="ES:\u0661-\u0661"), "cursor 'ES:\u0661-\u0661'"),
        (message(cursor=11), "cursor is 11"),
        (message(ASK=...), "ASK is missing"),
        (message(BID=22255.5), "BID: BID is 22255.5"),
        (message(LAST="1e3"), "LAST: price '1e3'"),
        (message(LAST="1."), "LAST: price '1.'"),
        (message(LAST=".5"), "LAST: price '.5'"),
        (message(LAST="+1"), "LAST: price '+1'"),
        (message(LAST=""), "LAST: price ''"),
        (message(LAST="1" * 31), "LAST: price"),
        (message(LAST="\u0661"), "LAST: price"),
        (message(observed_us=True), "observed_us is True"),
        (message(observed_us=-1), "observed_us is -1"),
        (message(observed_us=MAX_UNIX_US + 1), "observed_us is 2534"),
        (message(observed_us=1.5), "observed_us is 1.5"),
        (message(published_us="1"), "published_us is '1'"),
        (message(timestamp=...), "timestamp None"),
        (message(timestamp="2025-02-19 08:02:05.054"), "is not observed_us 1739952125053123"),
    ],
)
def test_an_invalid_tick_is_refused_with_the_fault_named(data: bytes, fault: str) -> None:
    with pytest.raises(InvalidMessage) as refusal:
        decode_tick(data)
    assert fault in str(refusal.value)


@pytest.mark.parametrize("key", ["symbol", "cursor", "ASK", "observed_us", "timestamp", "heartbeat"])
def test_a_value_nested_a_thousand_deep_is_refused(key: str) -> None:
    deep = b"[" * 1_000 + b"]" * 1_000
    with pytest.raises(InvalidMessage):
        decode_live(DOCUMENTED[:-1] + b',"' + key.encode() + b'":' + deep + b"}")


@BOUNDED
@given(cursors)
def test_a_heartbeat_announces_the_top(top: Cursor) -> None:
    assert decode_live(encode_heartbeat(top)) == top


@pytest.mark.parametrize("key", ["cursor", "heartbeat"])
def test_a_message_with_the_cursor_of_another_symbol_is_refused(key: str) -> None:
    foreign = json.dumps(json.loads(DOCUMENTED) | {key: "NQ:1739952000000-812"}).encode()
    with pytest.raises(InvalidMessage, match="belongs to symbol 'NQ', not to 'ES'"):
        decode_live(foreign)


@pytest.mark.parametrize("top", [None, 11, "1", "1-", "x-1", {"epoch": 1}])
def test_a_heartbeat_without_a_cursor_is_refused(top: object) -> None:
    with pytest.raises(InvalidMessage, match="heartbeat"):
        decode_live(json.dumps({"symbol": "ES", "heartbeat": top}).encode())


@pytest.mark.parametrize("text", ["0", "-0", "007", "22258.75", "-0.0000001", "1" * 30 + "." + "1" * 30])
def test_a_plain_decimal_is_a_price(text: str) -> None:
    assert check_price(text) == text


@pytest.mark.parametrize("text", ["", "-", "1,5", " 1", "1 ", "1\n", "0x1", "NaN", "Infinity", "1_0", "--1", "½"])
def test_any_other_text_is_not_a_price(text: str) -> None:
    with pytest.raises(InvalidMessage, match="price"):
        check_price(text)


@pytest.mark.parametrize(
    "text",
    ["", "2025-02-19", "2025-02-19T08:02:05.053", "2025-02-19 08:02:05.053Z", "2025-02-30 08:02:05.053",
     "2025-02-19 24:00:00.000", "2025-02-19 08:02:60.000", "2025-02-19 08:02:05.0531", "0000-01-01 00:00:00.000"],
)  # fmt: skip
def test_any_other_text_is_not_a_timestamp(text: str) -> None:
    with pytest.raises(InvalidMessage, match="timestamp"):
        parse_timestamp(text)
