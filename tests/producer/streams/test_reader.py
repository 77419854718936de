"""From messages to readings: records, deltas, nulls, and what is forgotten when."""

import pytest

from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.health.stream_health import judge_streams
from tickql.producer.quotes.quote_builder import QuoteBuilder
from tickql.producer.streams.events import (
    ConnectionClosed,
    ConnectionOpened,
    DocumentReplaced,
    MessageReceived,
    MessagesLost,
)
from tickql.producer.streams.stream_set import STREAM_CONTEXT, StreamSet

Prices = tuple[str | None, str | None, str | None]
PLAIN = 'symbol = "s"\nask = "a"\nbid = "b"\nlast = "p"'


class Desk:
    """One `[[stream]]` rule with all that follows it, and no page before it."""

    def __init__(self, rule: str, kind: str = "websocket") -> None:
        self.feed = FeedFile.parse(f'page.url = "http://localhost"\n[[stream]]\nfrom = "{kind}"\nurl = "*"\n{rule}')
        self.streams = StreamSet(self.feed)
        self.quote_builder = QuoteBuilder(self.feed)
        self.ticks: list[tuple[str, Prices]] = []
        (self.reader,) = self.streams.readers

    def hear(self, *messages: str | bytes, connection: int = 1, asked: int = 0) -> "Desk":
        for message in messages:
            self._take(MessageReceived(self.reader, connection, message, 1, asked))
        return self

    def open(self, connection: int = 1) -> None:
        self._take(ConnectionOpened(self.reader, connection, "wss://example.test"))

    def close(self, connection: int = 1, failure: str | None = None) -> None:
        self._take(ConnectionClosed(self.reader, connection, failure))

    def _take(
        self, item: ConnectionOpened | ConnectionClosed | MessageReceived | MessagesLost | DocumentReplaced
    ) -> None:
        for quote in self.quote_builder.build(STREAM_CONTEXT, self.streams.handle(item, 2), 2):
            self.ticks.append((quote.symbol, (quote.ask, quote.bid, quote.last)))

    def lose(self) -> None:
        self._take(MessagesLost(5))

    def prices(self, symbol: str = "ES") -> list[Prices]:
        return [prices for name, prices in self.ticks if name == symbol]

    def complaint(self, field: str, symbol: str = "ES") -> str | None:
        return self.quote_builder.symbols[symbol].fields[field].problem  # type: ignore[index]


def test_a_price_that_a_record_leaves_out_stays() -> None:
    desk = Desk(PLAIN).hear('{"s": "ES", "a": 2, "b": 1}', '{"s": "ES", "p": 1.5}', '{"s": "ES", "b": 1.2}')
    assert desk.prices() == [("2", "1", None), ("2", "1", "1.5"), ("2", "1.2", "1.5")]


def test_a_price_that_is_null_is_not_there() -> None:
    desk = Desk(PLAIN).hear('{"s": "ES", "a": 2, "b": 1}', '{"s": "ES", "a": null}')
    assert desk.prices() == [("2", "1", None), (None, "1", None)]


def test_a_null_is_found_deep_down() -> None:
    rule = 'symbol = "s"\nask = "book.asks[0].p"\nbid = "max_by(book.bids, &n).p"'
    desk = Desk(rule).hear(
        '{"s": "ES", "book": {"asks": [{"p": 2}], "bids": [{"n": 1, "p": 1}]}}',
        '{"s": "ES", "book": {"asks": [{"p": null}], "bids": [{"n": 1, "p": 1.5}]}}',
    )
    assert desk.prices() == [("2", "1", None), (None, "1.5", None)]


def test_the_same_record_again_is_no_tick() -> None:
    assert len(Desk(PLAIN).hear(*['{"s": "ES", "a": 2, "b": 1}'] * 5).prices()) == 1


def test_messages_of_several_kinds_tell_of_one_symbol() -> None:
    rule = 'symbol = "s"\nlast = "type == \'trade\' && price"\nask = "type == \'quote\' && price"'
    desk = Desk(rule).hear('{"type": "trade", "s": "ES", "price": 1}', '{"type": "quote", "s": "ES", "price": 2}')
    assert desk.prices() == [(None, None, "1"), ("2", None, "1")]


def test_only_the_messages_are_read_that_the_rule_is_about() -> None:
    rule = f"where = \"type == 'quote'\"\neach = \"data[?s != 'NQ']\"\n{PLAIN}"
    desk = Desk(rule).hear(
        '{"type": "trade", "data": [{"s": "ES", "p": 9}]}',
        '{"type": "quote", "data": [{"s": "ES", "p": 1}, {"s": "NQ", "p": 2}]}',
    )
    assert desk.ticks == [("ES", (None, None, "1"))]


def test_one_record_needs_no_list() -> None:
    assert Desk(f'each = "data"\n{PLAIN}').hear('{"data": {"s": "ES", "p": 1}}').prices() == [(None, None, "1")]


def test_a_list_of_values_is_a_record_too() -> None:
    rule = 'each = "[?@[0] == \'q\']"\nsymbol = "[1]"\nask = "[2]"\nbid = "[3]"'
    assert Desk(rule).hear('[["q", "ES", "2.50", 1], ["hb", "ES", 7, 7]]').prices() == [("2.50", "1", None)]


@pytest.mark.parametrize("number", ["1042", '"1042"', '" 1042 "'])
def test_a_symbol_by_its_number(number: str) -> None:
    rule = 'symbol = { pick = "id", names = { 1042 = "ES" } }\nlast = "p"'
    desk = Desk(rule).hear(f'{{"id": {number}, "p": 1}}', '{"id": 7, "p": 2}')
    assert desk.ticks == [("ES", (None, None, "1"))]


def test_a_symbol_that_the_messages_do_not_name() -> None:
    assert Desk('symbol = { name = "ES" }\nlast = "p"').hear('{"p": 1}').prices() == [(None, None, "1")]


def test_a_text_is_read_by_its_format_and_a_number_is_not() -> None:
    rule = 'symbol = "s"\nask = { pick = "a", format = "1.234,56" }\nbid = { pick = "b", format = "1.234,56" }'
    assert Desk(rule).hear('{"s": "ES", "a": "1.234,50", "b": 1.234}').prices() == [("1234.50", "1.234", None)]


def test_a_number_of_thousands_needs_no_format() -> None:
    assert Desk('symbol = "s"\nlast = "p"').hear('{"s": "ES", "p": 152345}').prices() == [(None, None, "152345")]


def test_fractions_are_texts() -> None:
    rule = 'format = "32"\nsymbol = "s"\nask = "a"\nbid = "b"\nlast = "p"'
    desk = Desk(rule).hear('{"s": "ZB", "a": "110\'16", "b": 110.5, "p": 110.51}')
    assert desk.prices("ZB") == [("110.5", "110.5", None)]
    assert "shows '110.51': it does not match the format 32" in (desk.complaint("last", "ZB") or "")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("true", "no price: true"),
        ("[1]", "no price: a list"),
        ('{"x": 1}', "no price: an object"),
        ("1e500", "no price: 1E+500"),
        ('"1,2,3"', "1,2,3"),
        ('"soon"', "soon"),
    ],
)
def test_what_is_no_price_is_reported_and_never_published(value: str, shown: str) -> None:
    desk = Desk(PLAIN).hear(f'{{"s": "ES", "a": {value}, "b": 1}}')
    assert desk.prices() == [(None, "1", None)]
    assert (desk.complaint("ask") or "").startswith(f"shows {shown!r}: ")


@pytest.mark.parametrize("pick", ["sum([a, b])", "avg([a, b])", "abs(a)", "`5`", "length(s)"])
def test_a_price_is_never_computed(pick: str) -> None:
    desk = Desk(f'symbol = "s"\nlast = "{pick}"\nbid = "b"').hear('{"s": "ES", "a": 2, "b": 1}')
    assert desk.prices() == [(None, "1", None)]
    assert "no price: a computed number" in (desk.complaint("last") or "")


def test_a_pick_that_does_not_go_with_a_record_is_reported_and_the_rest_goes_on() -> None:
    desk = Desk('symbol = "s"\nask = "max(a)"\nbid = "b"').hear('{"s": "ES", "a": ["x", 1], "b": 1}')
    assert desk.prices() == [(None, "1", None)]
    assert "does not match" in (desk.complaint("ask") or "")


def test_what_a_closed_connection_told_is_not_known_any_more() -> None:
    desk = Desk(PLAIN).hear('{"s": "ES", "a": 2, "b": 1}')
    desk.close()
    desk.hear('{"s": "ES", "a": 2}', '{"s": "ES", "a": 3}', connection=2)
    assert desk.prices() == [("2", "1", None), ("3", None, None)]


def test_two_connections_tell_of_one_symbol_and_one_of_them_ends() -> None:
    desk = Desk(PLAIN).hear('{"s": "ES", "a": 2, "b": 1}')
    desk.hear('{"s": "ES", "p": 1.5}', connection=2)
    desk.close()
    desk.hear('{"s": "ES", "p": 1.7}', connection=2)
    assert desk.prices() == [("2", "1", None), ("2", "1", "1.5"), (None, None, "1.7")]


def test_after_messages_were_lost_only_what_comes_anew_is_known() -> None:
    desk = Desk(PLAIN).hear('{"s": "ES", "a": 2, "b": 1}')
    desk.lose()
    desk.hear('{"s": "ES", "b": 1.5}')
    assert desk.prices() == [("2", "1", None), (None, "1.5", None)]
    assert "5 messages were lost" in (desk.reader.message_fault or "")


def test_a_response_stands_for_itself() -> None:
    desk = Desk(f'each = "[]"\n{PLAIN}', "json").hear('[{"s": "ES", "a": 2, "b": 1}, {"s": "NQ", "p": 5}]')
    desk.hear('[{"s": "ES", "b": 1.5}]')
    assert desk.prices() == [("2", "1", None), (None, "1.5", None)]
    assert not desk.quote_builder.symbols["NQ"].fields["last"].known


def test_responses_of_other_addresses_tell_of_other_symbols() -> None:
    desk = Desk(PLAIN, "json").hear('{"s": "NQ", "p": 5}', connection=7)
    desk.hear('{"s": "ES", "p": 1}', connection=8)
    assert desk.quote_builder.symbols["NQ"].fields["last"].known


def test_broken_messages_are_counted_and_the_next_one_is_read() -> None:
    desk = Desk(PLAIN).hear('{"s": "ES", "p"', b"\x00\xff", "ping", '{"other": 1}', '{"s": "ES", "p": 1}')
    assert desk.prices() == [(None, None, "1")]
    assert desk.reader.stats == {"messages": 5, "unreadable": 1, "foreign": 2, "without": 1, "records": 1}


@pytest.mark.parametrize("depth", [100, 400, 600, 800, 900, 950])
def test_a_record_as_deep_as_can_be_does_no_harm(depth: int) -> None:
    deep = '{"s": "ES", "p": 1, "x": ' + "[" * depth + "null" + "]" * depth + "}"
    desk = Desk('symbol = "s"\nlast = "p"\nask = "x[].y | [0]"\nbid = "z"').hear(deep, '{"s": "ES", "p": 2}')
    assert desk.prices()[-1][2] == "2"


def test_six_thousand_names_are_not_all_remembered() -> None:
    desk = Desk(f'each = "[]"\n{PLAIN}')
    for part in range(6):
        desk.hear("[" + ",".join(f'{{"s": "S{part}.{n}", "p": 1}}' for n in range(1_000)) + "]")
    assert len(desk.quote_builder.symbols) == 5_000
    assert len(list(desk.reader.symbols_seen)) == 5_000


def test_an_empty_response_tells_of_nothing_any_more() -> None:
    for empty in ("[]", '{"error": "slow down"}', "<html>"):
        desk = Desk(f'each = "[]"\n{PLAIN}', "json").hear('[{"s": "ES", "a": 2, "b": 1}]', empty)
        assert not desk.quote_builder.symbols["ES"].fields["ask"].known


def test_a_response_that_was_asked_for_earlier_is_not_newer_than_one_that_was_asked_for_later() -> None:
    desk = Desk(PLAIN, "json").hear('{"s": "ES", "a": 2, "b": 1}', connection=1, asked=2)
    desk.hear('{"s": "ES", "a": 9, "b": 9}', '{"s": "NQ", "p": 5}', connection=2, asked=1)
    desk.hear('{"s": "ES", "a": 3, "b": 1}', connection=2, asked=3)
    assert desk.prices() == [("2", "1", None), ("3", "1", None)]
    assert desk.prices("NQ") == [(None, None, "5")]
    assert desk.reader.stats["late"] == 1


def test_a_late_response_does_not_bring_back_what_a_later_one_leaves_out() -> None:
    desk = Desk(f'each = "[]"\n{PLAIN}', "json").hear('[{"s": "ES", "p": 1}]', asked=1).hear("[]", asked=3)
    desk.hear('[{"s": "ES", "p": 9}]', connection=2, asked=2)
    assert desk.prices() == [(None, None, "1")]


def test_the_digits_of_a_number_are_those_of_the_message() -> None:
    numbers = ["1.10", "100", "0.00000001", "123456789012345678.123456789", "-0.5"]
    desk = Desk(PLAIN).hear(*(f'{{"s": "ES", "p": {number}}}' for number in numbers))
    assert [last for _, _, last in desk.prices()] == numbers


def test_a_connection_that_never_stood_is_of_no_interest_while_another_one_stands() -> None:
    desk = Desk(PLAIN)
    desk.close(1, "HTTP 404")
    assert desk.reader.failure == "HTTP 404"
    desk.open(2)
    assert desk.reader.failure is None
    desk.close(3, "HTTP 404")
    assert desk.reader.failure is None
    desk.close(2, "it failed")
    assert desk.reader.failure == "it failed"


def test_bytes_that_are_no_text_are_counted_and_said() -> None:
    desk = Desk(PLAIN)
    desk.open()
    desk.hear(b"\x82\xa1s\xa2ES\xa1p\xcb?\xf8\x00\x00\x00\x00\x00\x00")
    assert desk.reader.stats["foreign"] == 1
    verdict = judge_streams(desk.streams, 2)[0]
    assert verdict.reason is not None
    assert "is 17 bytes that are not text" in verdict.reason


def test_a_stream_that_speaks_again_after_too_long_a_silence_tells_what_it_knows_of_all_symbols() -> None:
    desk = Desk(f"{PLAIN}\nmax_silence = 1").hear('{"s": "ES", "a": 2, "b": 1}', '{"s": "NQ", "p": 5}')
    assert desk.streams.withhold_silent(1_000_000) == []
    assert {reading.texts for reading in desk.streams.withhold_silent(1_000_002)} == {(None, None, None)}
    assert desk.streams.withhold_silent(1_000_003) == []
    assert {reading.texts for reading in desk.streams.current_readings(1_000_003)} == {(None, None, None)}
    assert desk.reader.read(1, '{"type": "heartbeat"}', 1_000_004) == []
    said = desk.reader.read(1, '{"s": "ES", "b": 1.5}', 1_000_005)
    assert [(each.symbol, each.texts) for each in said] == [("NQ", (None, None, "5")), ("ES", ("2", "1.5", None))]
