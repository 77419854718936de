"""Records of messages become prices by the rules of the feed file."""

import sys
from collections import Counter

import pytest

from tests.producer.streams.pipeline import PLAIN, Pipeline


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


@pytest.mark.parametrize("depth", [100, 400, 600, 800, 900, 950])
def test_a_deeply_nested_record_does_no_harm(depth: int) -> None:
    deep = '{"s": "ES", "p": 1, "x": ' + "[" * depth + "null" + "]" * depth + "}"
    pipeline = Pipeline('symbol = "s"\nlast = "p"\nask = "x[].y | [0]"\nbid = "z"').receive(deep, '{"s": "ES", "p": 2}')
    assert pipeline.prices()[-1][2] == "2"


def test_the_digits_of_a_number_are_those_of_the_message() -> None:
    numbers = ["1.10", "100", "0.00000001", "123456789012345678.123456789", "-0.5"]
    pipeline = Pipeline(PLAIN).receive(*(f'{{"s": "ES", "p": {number}}}' for number in numbers))
    assert [last for _, _, last in pipeline.prices()] == numbers
