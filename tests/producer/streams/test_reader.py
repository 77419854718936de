"""The stream reader: records, partial records, nulls, and when prices are forgotten."""

import sys
from collections import Counter

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


class Pipeline:
    """One `[[stream]]` rule with its reader and quote builder, without a page."""

    def __init__(self, rule: str, kind: str = "websocket") -> None:
        self.feed = FeedFile.parse(f'page.url = "http://localhost"\n[[stream]]\nfrom = "{kind}"\nurl = "*"\n{rule}')
        self.streams = StreamSet(self.feed)
        self.quote_builder = QuoteBuilder(self.feed)
        self.ticks: list[tuple[str, Prices]] = []
        (self.reader,) = self.streams.readers

    def receive(self, *messages: str | bytes, connection: int = 1, request_number: int = 0) -> "Pipeline":
        for message in messages:
            self._handle(MessageReceived(self.reader, connection, message, 1, request_number))
        return self

    def open(self, connection: int = 1) -> None:
        self._handle(ConnectionOpened(self.reader, connection, "wss://example.test"))

    def close(self, connection: int = 1, failure: str | None = None) -> None:
        self._handle(ConnectionClosed(self.reader, connection, failure))

    def _handle(
        self, event: ConnectionOpened | ConnectionClosed | MessageReceived | MessagesLost | DocumentReplaced
    ) -> None:
        for quote in self.quote_builder.build(STREAM_CONTEXT, self.streams.handle(event, 2), 2):
            self.ticks.append((quote.symbol, (quote.ask, quote.bid, quote.last)))

    def lose(self) -> None:
        self._handle(MessagesLost(5))

    def prices(self, symbol: str = "ES") -> list[Prices]:
        return [prices for name, prices in self.ticks if name == symbol]

    def complaint(self, field: str, symbol: str = "ES") -> str | None:
        return self.quote_builder.symbols[symbol].fields[field].problem  # type: ignore[index]


def test_a_price_that_a_record_leaves_out_stays_the_same() -> None:
    pipeline = Pipeline(PLAIN).receive('{"s": "ES", "a": 2, "b": 1}', '{"s": "ES", "p": 1.5}', '{"s": "ES", "b": 1.2}')
    assert pipeline.prices() == [("2", "1", None), ("2", "1", "1.5"), ("2", "1.2", "1.5")]


def test_a_null_removes_the_price() -> None:
    pipeline = Pipeline(PLAIN).receive('{"s": "ES", "a": 2, "b": 1}', '{"s": "ES", "a": null}')
    assert pipeline.prices() == [("2", "1", None), (None, "1", None)]


def test_a_null_is_found_deep_down() -> None:
    rule = 'symbol = "s"\nask = "book.asks[0].p"\nbid = "max_by(book.bids, &n).p"'
    pipeline = Pipeline(rule).receive(
        '{"s": "ES", "book": {"asks": [{"p": 2}], "bids": [{"n": 1, "p": 1}]}}',
        '{"s": "ES", "book": {"asks": [{"p": null}], "bids": [{"n": 1, "p": 1.5}]}}',
    )
    assert pipeline.prices() == [("2", "1", None), (None, "1.5", None)]


def test_the_same_record_again_is_no_tick() -> None:
    assert len(Pipeline(PLAIN).receive(*['{"s": "ES", "a": 2, "b": 1}'] * 5).prices()) == 1


def test_messages_of_several_types_give_the_prices_of_one_symbol() -> None:
    rule = 'symbol = "s"\nlast = "type == \'trade\' && price"\nask = "type == \'quote\' && price"'
    pipeline = Pipeline(rule).receive(
        '{"type": "trade", "s": "ES", "price": 1}', '{"type": "quote", "s": "ES", "price": 2}'
    )
    assert pipeline.prices() == [(None, None, "1"), ("2", None, "1")]


def test_only_messages_that_match_where_are_read() -> None:
    rule = f"where = \"type == 'quote'\"\neach = \"data[?s != 'NQ']\"\n{PLAIN}"
    pipeline = Pipeline(rule).receive(
        '{"type": "trade", "data": [{"s": "ES", "p": 9}]}',
        '{"type": "quote", "data": [{"s": "ES", "p": 1}, {"s": "NQ", "p": 2}]}',
    )
    assert pipeline.ticks == [("ES", (None, None, "1"))]


def test_one_record_needs_no_list() -> None:
    assert Pipeline(f'each = "data"\n{PLAIN}').receive('{"data": {"s": "ES", "p": 1}}').prices() == [(None, None, "1")]


def test_a_list_of_values_is_a_record_too() -> None:
    rule = 'each = "[?@[0] == \'q\']"\nsymbol = "[1]"\nask = "[2]"\nbid = "[3]"'
    assert Pipeline(rule).receive('[["q", "ES", "2.50", 1], ["hb", "ES", 7, 7]]').prices() == [("2.50", "1", None)]


@pytest.mark.parametrize("number", ["1042", '"1042"', '" 1042 "'])
def test_a_symbol_is_looked_up_by_its_number(number: str) -> None:
    rule = 'symbol = { pick = "id", names = { 1042 = "ES" } }\nlast = "p"'
    pipeline = Pipeline(rule).receive(f'{{"id": {number}, "p": 1}}', '{"id": 7, "p": 2}')
    assert pipeline.ticks == [("ES", (None, None, "1"))]


def test_a_rule_may_name_the_symbol_itself() -> None:
    assert Pipeline('symbol = { name = "ES" }\nlast = "p"').receive('{"p": 1}').prices() == [(None, None, "1")]


def test_a_text_is_read_by_its_format_and_a_number_is_not() -> None:
    rule = 'symbol = "s"\nask = { pick = "a", format = "1.234,56" }\nbid = { pick = "b", format = "1.234,56" }'
    assert Pipeline(rule).receive('{"s": "ES", "a": "1.234,50", "b": 1.234}').prices() == [("1234.50", "1.234", None)]


def test_a_number_of_thousands_needs_no_format() -> None:
    assert Pipeline('symbol = "s"\nlast = "p"').receive('{"s": "ES", "p": 152345}').prices() == [(None, None, "152345")]


def test_fractions_are_texts() -> None:
    rule = 'format = "32"\nsymbol = "s"\nask = "a"\nbid = "b"\nlast = "p"'
    pipeline = Pipeline(rule).receive('{"s": "ZB", "a": "110\'16", "b": 110.5, "p": 110.51}')
    assert pipeline.prices("ZB") == [("110.5", "110.5", None)]
    assert "shows '110.51': it does not match the format 32" in (pipeline.complaint("last", "ZB") or "")


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
def test_a_value_that_is_not_a_price_is_reported_and_never_published(value: str, shown: str) -> None:
    pipeline = Pipeline(PLAIN).receive(f'{{"s": "ES", "a": {value}, "b": 1}}')
    assert pipeline.prices() == [(None, "1", None)]
    assert (pipeline.complaint("ask") or "").startswith(f"shows {shown!r}: ")


@pytest.mark.parametrize("pick", ["sum([a, b])", "avg([a, b])", "abs(a)", "`5`", "length(s)"])
def test_a_price_is_never_computed(pick: str) -> None:
    pipeline = Pipeline(f'symbol = "s"\nlast = "{pick}"\nbid = "b"').receive('{"s": "ES", "a": 2, "b": 1}')
    assert pipeline.prices() == [(None, "1", None)]
    assert "no price: a computed number" in (pipeline.complaint("last") or "")


def test_a_pick_that_does_not_fit_a_record_is_reported_and_the_other_fields_are_read() -> None:
    pipeline = Pipeline('symbol = "s"\nask = "max(a)"\nbid = "b"').receive('{"s": "ES", "a": ["x", 1], "b": 1}')
    assert pipeline.prices() == [(None, "1", None)]
    assert "does not match" in (pipeline.complaint("ask") or "")


def test_the_prices_of_a_closed_connection_are_forgotten() -> None:
    pipeline = Pipeline(PLAIN).receive('{"s": "ES", "a": 2, "b": 1}')
    pipeline.close()
    pipeline.receive('{"s": "ES", "a": 2}', '{"s": "ES", "a": 3}', connection=2)
    assert pipeline.prices() == [("2", "1", None), ("3", None, None)]


def test_of_two_connections_for_one_symbol_only_the_closed_one_loses_its_prices() -> None:
    pipeline = Pipeline(PLAIN).receive('{"s": "ES", "a": 2, "b": 1}')
    pipeline.receive('{"s": "ES", "p": 1.5}', connection=2)
    pipeline.close()
    pipeline.receive('{"s": "ES", "p": 1.7}', connection=2)
    assert pipeline.prices() == [("2", "1", None), ("2", "1", "1.5"), (None, None, "1.7")]


def test_after_lost_messages_only_prices_that_come_again_are_known() -> None:
    pipeline = Pipeline(PLAIN).receive('{"s": "ES", "a": 2, "b": 1}')
    pipeline.lose()
    pipeline.receive('{"s": "ES", "b": 1.5}')
    assert pipeline.prices() == [("2", "1", None), (None, "1.5", None)]
    assert "5 messages were lost" in (pipeline.reader.message_fault or "")


def test_a_response_replaces_the_one_before_it() -> None:
    pipeline = Pipeline(f'each = "[]"\n{PLAIN}', "json").receive('[{"s": "ES", "a": 2, "b": 1}, {"s": "NQ", "p": 5}]')
    pipeline.receive('[{"s": "ES", "b": 1.5}]')
    assert pipeline.prices() == [("2", "1", None), (None, "1.5", None)]
    assert not pipeline.quote_builder.symbols["NQ"].fields["last"].known


def test_a_response_does_not_replace_one_from_another_address() -> None:
    pipeline = Pipeline(PLAIN, "json").receive('{"s": "NQ", "p": 5}', connection=7)
    pipeline.receive('{"s": "ES", "p": 1}', connection=8)
    assert pipeline.quote_builder.symbols["NQ"].fields["last"].known


def test_every_json_text_of_a_message_is_read() -> None:
    pipeline = Pipeline(PLAIN).receive(
        *['{"s": "ES", "p": 1}', '{"s": "ES", "p": 2}\n{"s": "NQ", "p": 3}', '{"s": "ES", "p": 4}{"s": "NQ", "p": 5}']
    )
    assert pipeline.prices("ES") == [(None, None, "1"), (None, None, "2"), (None, None, "4")]
    assert pipeline.prices("NQ") == [(None, None, "3"), (None, None, "5")]
    assert pipeline.reader.message_fault is None


def test_what_can_be_read_of_a_broken_message_is_read_and_the_loss_is_reported() -> None:
    pipeline = Pipeline(PLAIN).receive('{"s": "ES", "p": 1}\n{"s": "NQ", "p"')
    assert pipeline.ticks == [("ES", (None, None, "1"))]
    assert "follows the JSON before it at character 21, and is not JSON" in (pipeline.reader.message_fault or "")


def test_advice_is_made_when_the_reason_is_asked_for_not_for_each_ping() -> None:
    pipeline, called = Pipeline(PLAIN), Counter[str]()
    sys.setprofile(lambda frame, event, _: called.update([frame.f_code.co_name] if event == "call" else []))
    try:
        pipeline.receive(*["2"] * 10, *['42["tick",{"s":"ES","p":1}]'] * 10)
    finally:
        sys.setprofile(None)
    assert called["json_parts"] == 20
    assert called["advice_for"] == 0
    for said in (pipeline.reader.message_fault, pipeline.reader.skip_reason, pipeline.reader.loss):
        assert (said or "").endswith('is not JSON: extra data at character 3; framing = "socket.io" may read it')


def test_json_in_a_text_is_parsed_with_its_digits_and_its_nulls() -> None:
    pipeline = Pipeline('symbol = "s"\nask = "parse(d).a"\nbid = "parse(d).b"').receive(
        '{"s": "ES", "d": "{\\"a\\": 2.50, \\"b\\": 1.10}"}',
        '{"s": "ES", "d": "{\\"a\\": 2.60}"}',
        '{"s": "ES", "d": "{\\"b\\": null}"}',
        '{"s": "ES", "d": {"b": 1.20}}',
    )
    assert pipeline.prices() == [
        ("2.50", "1.10", None),
        ("2.60", "1.10", None),
        ("2.60", None, None),
        ("2.60", "1.20", None),
    ]


def test_a_part_that_cannot_be_read_is_reported_unless_where_excludes_it() -> None:
    rule = f'framing = "socket.io"\nwhere = "[0] == \'quote\'"\neach = "[1]"\n{PLAIN}'
    attached = '451-["{}",{{"_placeholder":true,"num":0}}]'
    pipeline = Pipeline(rule).receive('42["quote",{"s":"ES","p":1}]', attached.format("picture"))
    assert pipeline.prices() == [(None, None, "1")]
    assert pipeline.reader.message_fault is None
    pipeline.receive(attached.format("quote"))
    assert "'quote' has binary attachments, which are not read" in (pipeline.reader.message_fault or "")


def test_text_that_parse_cannot_read_is_reported() -> None:
    pipeline = Pipeline('each = "parse(d)"\nsymbol = "s"\nlast = "p"').receive('{"d": "{\\"s\\": 1"}')
    assert "'parse(d)' does not match: " in (pipeline.reader.message_fault or "")


def test_broken_messages_are_counted_and_the_next_one_is_read() -> None:
    pipeline = Pipeline(PLAIN).receive('{"s": "ES", "p"', b"\x00\xff", "ping", '{"other": 1}', '{"s": "ES", "p": 1}')
    assert pipeline.prices() == [(None, None, "1")]
    assert pipeline.reader.stats == {"messages": 5, "unreadable": 1, "foreign": 2, "without": 1, "records": 1}


@pytest.mark.parametrize("depth", [100, 400, 600, 800, 900, 950])
def test_a_deeply_nested_record_does_no_harm(depth: int) -> None:
    deep = '{"s": "ES", "p": 1, "x": ' + "[" * depth + "null" + "]" * depth + "}"
    pipeline = Pipeline('symbol = "s"\nlast = "p"\nask = "x[].y | [0]"\nbid = "z"').receive(deep, '{"s": "ES", "p": 2}')
    assert pipeline.prices()[-1][2] == "2"


def test_at_most_five_thousand_symbols_are_remembered() -> None:
    pipeline = Pipeline(f'each = "[]"\n{PLAIN}')
    for part in range(6):
        pipeline.receive("[" + ",".join(f'{{"s": "S{part}.{n}", "p": 1}}' for n in range(1_000)) + "]")
    assert len(pipeline.quote_builder.symbols) == 5_000
    assert len(list(pipeline.reader.symbols_seen)) == 5_000


def test_an_empty_response_removes_all_prices() -> None:
    for empty in ("[]", '{"error": "slow down"}', "<html>"):
        pipeline = Pipeline(f'each = "[]"\n{PLAIN}', "json").receive('[{"s": "ES", "a": 2, "b": 1}]', empty)
        assert not pipeline.quote_builder.symbols["ES"].fields["ask"].known


def test_the_response_to_an_earlier_request_does_not_replace_the_response_to_a_later_one() -> None:
    pipeline = Pipeline(PLAIN, "json").receive('{"s": "ES", "a": 2, "b": 1}', connection=1, request_number=2)
    pipeline.receive('{"s": "ES", "a": 9, "b": 9}', '{"s": "NQ", "p": 5}', connection=2, request_number=1)
    pipeline.receive('{"s": "ES", "a": 3, "b": 1}', connection=2, request_number=3)
    assert pipeline.prices() == [("2", "1", None), ("3", "1", None)]
    assert pipeline.prices("NQ") == [(None, None, "5")]
    assert pipeline.reader.stats["late"] == 1


def test_a_late_response_does_not_restore_a_symbol_that_a_newer_response_left_out() -> None:
    pipeline = (
        Pipeline(f'each = "[]"\n{PLAIN}', "json")
        .receive('[{"s": "ES", "p": 1}]', request_number=1)
        .receive("[]", request_number=3)
    )
    pipeline.receive('[{"s": "ES", "p": 9}]', connection=2, request_number=2)
    assert pipeline.prices() == [(None, None, "1")]


def test_the_digits_of_a_number_are_those_of_the_message() -> None:
    numbers = ["1.10", "100", "0.00000001", "123456789012345678.123456789", "-0.5"]
    pipeline = Pipeline(PLAIN).receive(*(f'{{"s": "ES", "p": {number}}}' for number in numbers))
    assert [last for _, _, last in pipeline.prices()] == numbers


def test_a_connection_that_never_opened_is_ignored_while_another_is_open() -> None:
    pipeline = Pipeline(PLAIN)
    pipeline.close(1, "HTTP 404")
    assert pipeline.reader.failure == "HTTP 404"
    pipeline.open(2)
    assert pipeline.reader.failure is None
    pipeline.close(3, "HTTP 404")
    assert pipeline.reader.failure is None
    pipeline.close(2, "it failed")
    assert pipeline.reader.failure == "it failed"


def test_bytes_that_are_not_text_are_counted_and_reported() -> None:
    pipeline = Pipeline(PLAIN)
    pipeline.open()
    pipeline.receive(b"\x0a\x02ES\x11\x00\x00\x00\x00\x00\x00\xf8\x3f\x18\x96\x01")
    assert pipeline.reader.stats["unreadable"] == 1
    verdict = judge_streams(pipeline.streams, 2)[0]
    assert verdict.reason is not None
    assert "is 16 bytes that are not JSON, gzip, zlib, deflate or MessagePack" in verdict.reason


def test_after_too_long_a_silence_the_next_record_restores_the_prices_of_all_symbols() -> None:
    pipeline = Pipeline(f"{PLAIN}\nmax_silence = 1").receive('{"s": "ES", "a": 2, "b": 1}', '{"s": "NQ", "p": 5}')
    assert pipeline.streams.withhold_silent(1_000_000) == []
    assert {reading.texts for reading in pipeline.streams.withhold_silent(1_000_002)} == {(None, None, None)}
    assert pipeline.streams.withhold_silent(1_000_003) == []
    assert {reading.texts for reading in pipeline.streams.current_readings(1_000_003)} == {(None, None, None)}
    assert pipeline.reader.read(1, '{"type": "heartbeat"}', 1_000_004) == []
    readings = pipeline.reader.read(1, '{"s": "ES", "b": 1.5}', 1_000_005)
    assert [(each.symbol, each.texts) for each in readings] == [("NQ", (None, None, "5")), ("ES", ("2", "1.5", None))]
