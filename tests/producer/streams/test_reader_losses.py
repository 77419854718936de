"""What is lost, broken or replaced on a stream: prices are known again only when they come again."""

from tests.producer.streams.pipeline import PLAIN, Pipeline
from tickql.producer.health.stream_health import judge_streams


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


def test_broken_messages_are_counted_and_the_next_one_is_read() -> None:
    pipeline = Pipeline(PLAIN).receive('{"s": "ES", "p"', b"\x00\xff", "ping", '{"other": 1}', '{"s": "ES", "p": 1}')
    assert pipeline.prices() == [(None, None, "1")]
    assert pipeline.reader.stats == {"messages": 5, "unreadable": 1, "foreign": 2, "without": 1, "records": 1}


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
