"""Recordings: every quote is read back digit by digit; an error in a file is one line with its place."""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.strategies import BOUNDED, prices, quotes, symbols
from tests.support.waiting import DEADLINE_S
from tickql.feed.codec import encode_tick
from tickql.feed.tick import MAX_UNIX_US, Cursor, Quote
from tickql.producer.errors import RecordingError
from tickql.producer.recording.recording_file import (
    RecordingSummary,
    RecordingWriter,
    read_recording,
    summarize,
)
from tickql.producer.recording.recording_format import RecordingFormat

FEWER = settings(BOUNDED, max_examples=30)
HEADER = "timestamp,symbol,ASK,BID,LAST\n"
LINE = (
    '{"timestamp":"2025-02-19 08:02:05.053","symbol":"ES","ASK":"1.10","BID":null,"LAST":"-0.5",'
    '"observed_us":1739952125053123}\n'
)
EARLIER = LINE.replace("05.053", "05.052").replace("053123", "052123")
ES = Quote("ES", "1.10", None, "-0.5", 1_739_952_125_053_123)


def _write(path: Path, quotes: Sequence[Quote], *, overwrite: bool = False) -> Path:
    with RecordingWriter(path, overwrite=overwrite) as writer:
        for quote in quotes:
            writer.write(quote)
    return path


@st.composite
def recorded(draw: st.DrawFn) -> list[Quote]:
    """Quotes as a producer makes them: some symbols, time never goes back."""
    names = draw(st.lists(symbols, min_size=1, max_size=3, unique=True))
    gaps_us = draw(st.lists(st.integers(0, 10**9), max_size=12))
    times_us = list(accumulate(gaps_us, initial=draw(st.integers(0, MAX_UNIX_US - 13 * 10**9))))
    fields = st.tuples(st.sampled_from(names), prices, prices, prices)
    return [Quote(*draw(fields), time_us) for time_us in times_us]


@FEWER
@given(recorded())
def test_jsonl_gives_back_every_quote_as_it_was(quotes: list[Quote]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert list(read_recording(_write(Path(folder) / "a.jsonl", quotes))) == quotes


@FEWER
@given(recorded())
def test_csv_gives_back_every_quote_with_its_time_cut_to_milliseconds(quotes: list[Quote]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cut = [quote._replace(observed_us=quote.observed_us // 1000 * 1000) for quote in quotes]
        assert list(read_recording(_write(Path(folder) / "a.csv", quotes))) == cut


@FEWER
@given(quotes)
def test_a_message_of_the_feed_is_a_line_of_a_recording(quote: Quote) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "saved.jsonl"
        path.write_bytes(encode_tick(quote, Cursor("ES", 1, 1), quote.observed_us))
        assert list(read_recording(path)) == [quote]


def test_the_lines_are_those_that_the_documentation_shows(tmp_path: Path) -> None:
    assert _write(tmp_path / "a.jsonl", [ES]).read_text() == LINE
    assert _write(tmp_path / "a.csv", [ES]).read_text() == HEADER + "2025-02-19 08:02:05.053,ES,1.10,,-0.5\n"


def test_a_format_may_be_named_for_any_suffix(tmp_path: Path) -> None:
    path = tmp_path / "ticks.txt"
    with RecordingWriter(path, RecordingFormat.CSV) as writer:
        writer.write(ES)
    assert [quote.last for quote in read_recording(path, RecordingFormat.CSV)] == ["-0.5"]
    with pytest.raises(RecordingError, match=r"ticks\.txt: unknown suffix: use \.jsonl or \.csv"):
        list(read_recording(path))


def test_a_quote_is_in_the_file_at_once(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "a.jsonl") as writer:
        writer.write(ES)
        assert list(read_recording(tmp_path / "a.jsonl")) == [ES]


def test_a_recording_is_not_overwritten_by_accident(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", [ES])
    with pytest.raises(RecordingError, match=r"a\.jsonl exists: name another file, or .* --force"):
        RecordingWriter(path)
    assert list(read_recording(path)) == [ES]
    assert list(read_recording(_write(path, [], overwrite=True))) == []


def test_a_missing_folder_is_a_one_line_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"a\.jsonl: no such file or directory$"):
        RecordingWriter(tmp_path / "none" / "a.jsonl")


def test_a_full_disk_leaves_whole_lines_and_the_error_has_their_number(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    program = f"""
import pathlib, resource
from tickql.feed.tick import Quote
from tickql.producer.recording.recording_file import RecordingWriter
resource.setrlimit(resource.RLIMIT_FSIZE, ({int(2.5 * len(LINE))}, resource.RLIM_INFINITY))
with RecordingWriter(pathlib.Path({str(path)!r})) as writer:
    while True:
        writer.write(Quote{tuple(ES)!r})
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert ended.stderr.splitlines()[-1].endswith("a.jsonl: file too large after 2 quotes")
    assert list(read_recording(path)) == [ES, ES]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("a.jsonl", LINE + "{\n", "line 2: not JSON"),
        ("a.jsonl", LINE + LINE[:60], "line 2: not JSON"),
        ("a.jsonl", LINE.replace('"1.10"', "1.10"), "line 1: ASK: ASK is 1.1 instead of a string"),
        ("a.jsonl", LINE.replace('"BID":null,', ""), "line 1: BID is missing"),
        ("a.jsonl", LINE.replace("053123", "054123"), "line 1: timestamp '2025-02-19 08:02:05.053' is not"),
        ("a.jsonl", "\n" + LINE.replace('"ES"', '"E S"'), "line 2: symbol 'E S' is not 1 to 32 letters"),
        ("a.jsonl", LINE + EARLIER, "line 2: 2025-02-19 08:02:05.052 is before"),
        ("a.jsonl", "x" * 20_000, "line 1: longer than 10000 bytes"),
        ("a.csv", "", "the first line is not timestamp,symbol,ASK,BID,LAST"),
        ("a.csv", "time,symbol\n", "line 1: the first line is not"),
        ("a.csv", HEADER + "2025-02-19 08:02:05.053,ES,1\n", "line 2: 3 columns, not 5"),
        ("a.csv", HEADER + "2025-02-19 08:02:05.053,ES,1,x,1\n", "line 2: price 'x' is not a plain decimal"),
        ("a.csv", HEADER + "1969-12-31 23:59:59.999,ES,1,1,1\n", "line 2: 1969-12-31 23:59:59.999 is before"),
        ("a.csv", HEADER + "\udcff\n", "line 2: not CSV in UTF-8"),
        ("a.csv", HEADER, "no quotes in it"),
        ("a.jsonl", "\n\n", "no quotes in it"),
    ],
)  # fmt: skip
def test_an_error_in_a_file_is_one_line_with_its_place(tmp_path: Path, name: str, text: str, fault: str) -> None:
    path = tmp_path / name
    path.write_text(text, errors="surrogateescape")
    with pytest.raises(RecordingError) as refused:
        summarize(path)
    assert str(refused.value).startswith(str(path))
    assert fault in str(refused.value)
    assert "\n" not in str(refused.value)


def test_different_symbols_may_be_out_of_order_by_half_a_minute_but_one_symbol_may_not(tmp_path: Path) -> None:
    late = ES._replace(symbol="NQ", observed_us=ES.observed_us - 29_000_000)
    path = _write(tmp_path / "a.jsonl", [ES, late, ES])
    assert summarize(path) == RecordingSummary(3, ("ES", "NQ"), ES.observed_us, ES.observed_us)
    _write(path, [ES, late._replace(observed_us=ES.observed_us - 31_000_000)], overwrite=True)
    with pytest.raises(RecordingError, match=r"line 2: .* is before the line above: sort the file by time"):
        summarize(path)


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbf" + HEADER.replace("\n", "\r\n").encode() + b"2025-02-19 08:02:05.053,ES,1,,1\r\n")
    assert [(quote.ask, quote.bid) for quote in read_recording(path)] == [("1", None)]
