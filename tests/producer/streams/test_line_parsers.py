"""The line parsers: the same lines, events and records, wherever the text is cut into chunks."""

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cpu_deadline import cpu_deadline
from tickql.producer.streams.json_texts import MAX_CHARACTERS
from tickql.producer.streams.line_parsers import LineSplitter, NdjsonParser, ServerSentEvent, SseParser

ENDS = ("\r\n", "\r", "\n")
TEXT = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=8)
CUTS = st.lists(st.integers(0, 300), max_size=20)


def chunks(text: bytes, cuts: Iterable[int]) -> Iterable[bytes]:
    at = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    return (text[begin:end] for begin, end in itertools.pairwise(at))


def events(*parts: bytes) -> list[ServerSentEvent]:
    stream = SseParser()
    return [event for part in parts for event in stream.feed(part)] + stream.finish()


@given(st.lists(st.tuples(TEXT, st.sampled_from(ENDS))), TEXT, CUTS, st.booleans())
def test_lines_end_at_crlf_cr_and_lf_wherever_they_are_cut(
    given_lines: list[tuple[str, str]], rest: str, cuts: list[int], has_mark: bool
) -> None:
    # A CR directly before a LF is one line end.
    ended = [(line, "\n" if end == "\r" else end) for line, end in given_lines]
    text = "".join(line + end for line, end in ended) + rest
    data = (b"\xef\xbb\xbf" if has_mark or text.startswith("\ufeff") else b"") + text.encode()
    lines = LineSplitter()
    assert [line for chunk in chunks(data, cuts) for line in lines.feed(chunk)] == [line for line, _ in ended]
    assert lines.finish() == rest


@given(
    st.lists(st.tuples(TEXT.filter(lambda name: "\0" not in name), st.lists(TEXT, min_size=1, max_size=3)), max_size=5),
    st.sampled_from(ENDS),
    CUTS,
)
def test_events_are_complete_wherever_the_chunks_are_cut(
    wanted_events: list[tuple[str, list[str]]], end: str, cuts: list[int]
) -> None:
    text = f":a comment{end}"
    for name, data in wanted_events:
        text += f"event: {name}{end}id: 1{end}" + "".join(f"data: {line}{end}" for line in data) + f":{end}{end}"
    wanted = [ServerSentEvent(name or "message", "\n".join(data)) for name, data in wanted_events]
    assert events(*chunks(text.encode(), cuts)) == wanted


@given(st.binary(max_size=300), CUTS)
def test_any_bytes_give_the_same_events_in_one_chunk_and_in_many(data: bytes, cuts: list[int]) -> None:
    assert events(*chunks(data, cuts)) == events(data)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # The examples of the standard, section 9.2.6.
        ("data: YHOO\ndata: +2\ndata: 10\n\n", ["YHOO\n+2\n10"]),
        (": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
         ["first event", "second event", " third event"]),
        ("data\n\ndata\ndata\n\ndata:", ["", "\n"]),
        ("data:test\n\ndata: test\n\n", ["test", "test"]),
        # Unknown fields are skipped; an event without data, or without its empty line, is no event.
        ("Data: 1\n data: 2\ndata : 3\nretry: 5\n\n", []),
        ("event: quote\n\ndata: 1\n\n", ["1"]),
        ("data: 1\n", []),
        # A CR ends an event at once.
        ("data: 1\r\r", ["1"]),
    ],
)  # fmt: skip
def test_events_follow_the_standard(text: str, wanted: list[str]) -> None:
    assert [event.data for event in events(text.encode())] == wanted


def test_an_event_name_holds_for_one_event_only() -> None:
    assert events(b"event: quote\ndata: 1\n\ndata: 2\n\n") == [
        ServerSentEvent("quote", "1"),
        ServerSentEvent("message", "2"),
    ]


def test_a_split_character_is_joined_and_an_invalid_byte_is_replaced() -> None:
    euro = "€".encode()
    assert events(b"data: " + euro[:1], euro[1:] + b"\n\n") == [ServerSentEvent("message", "€")]
    assert events(b"data: \xff1\n\n") == [ServerSentEvent("message", "\ufffd1")]


def test_records_are_lines_and_the_last_line_needs_no_line_end() -> None:
    lines = NdjsonParser()
    assert lines.feed(b'{"a": 1}\n\n \r\n{"a"') == [ServerSentEvent("", '{"a": 1}')]
    assert lines.feed(b": 2}") == []
    assert lines.finish() == [ServerSentEvent("", '{"a": 2}')]


def test_an_endless_line_takes_no_more_memory_than_the_longest_message() -> None:
    lines, stream = NdjsonParser(), SseParser()
    for _ in range(8):
        assert lines.feed(b"1" * 1_000_000) == []
        assert stream.feed(b"data: " + b"1" * 1_000_000 + b"\n") == []
    (record,), (event,) = lines.feed(b"\n"), stream.feed(b"\n")
    assert len(record.data) == MAX_CHARACTERS + 1
    assert MAX_CHARACTERS < len(event.data) < MAX_CHARACTERS + 1_000_010


def test_many_small_pieces_behind_a_long_line_cost_little() -> None:
    splitter = LineSplitter()
    splitter.feed(b"x" * 3_900_000)
    with cpu_deadline(0.5):
        assert not any(splitter.feed(b"y") for _ in range(5_000))
    (line,) = splitter.feed(b"\n")
    assert len(line) == 3_905_000
