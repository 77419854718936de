"""Recordings: when each row is shown, and one clear line for a file that cannot be replayed."""

from pathlib import Path

import pytest

from tickql.demo.errors import ReplayFileError
from tickql.demo.replay import replay
from tickql.demo.simulation import BoardQuote

HEADER = "timestamp,symbol,ASK,BID,LAST\n"
ROWS = (
    "2025-02-19 08:02:05.053,EUR/USD,1.10,1.0850,\n"
    "2025-02-19 08:02:06.053,EUR/USD,1.11,,1.10\n"
    "2025-02-19 08:02:06.553,GBP/USD,1.2,1.1,1.10\n"
)


def _file(folder: Path, text: str, name: str = "ticks.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_rows_keep_their_digits_and_their_distances(tmp_path: Path) -> None:
    assert replay([_file(tmp_path, HEADER + ROWS)]) == [
        BoardQuote(0, "EUR/USD", "1.10", "1.0850", ""),
        BoardQuote(1_000_000, "EUR/USD", "1.11", "", "1.10"),
        BoardQuote(1_500_000, "GBP/USD", "1.2", "1.1", "1.10"),
    ]


def test_speed_divides_the_distances(tmp_path: Path) -> None:
    assert [quote.at_us for quote in replay([_file(tmp_path, HEADER + ROWS)], speed=10)] == [0, 100_000, 150_000]


def test_with_a_rate_the_timestamps_do_not_count(tmp_path: Path) -> None:
    assert [quote.at_us for quote in replay([_file(tmp_path, HEADER + ROWS)], rate_hz=50)] == [0, 20_000, 40_000]


def test_several_files_begin_at_the_same_moment(tmp_path: Path) -> None:
    older = _file(tmp_path, HEADER + "2013-01-01 22:00:00.000,USD/JPY,86.728,86.655,\n", "older.csv")
    quotes = replay([_file(tmp_path, HEADER + ROWS), older])
    assert [(quote.at_us, quote.symbol) for quote in quotes] == [
        (0, "EUR/USD"),
        (0, "USD/JPY"),
        (1_000_000, "EUR/USD"),
        (1_500_000, "GBP/USD"),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "the first line is not timestamp,symbol,ASK,BID,LAST"),
        ("a,b\n", "the first line is not timestamp,symbol,ASK,BID,LAST"),
        (HEADER, "the file has no quotes"),
        (HEADER + "2025-02-19 08:02:05.053,ES,1\n", "line 2: 3 columns, not 5"),
        (HEADER + "yesterday,ES,1,1,1\n", "line 2: timestamp 'yesterday' is not like 2025-02-19 08:02:05.053"),
        (HEADER + "2025-02-19 08:02:05.053,E S,1,1,1\n", "line 2: symbol 'E S' is not 1 to 32 letters"),
        (HEADER + "2025-02-19 08:02:05.053,ES,1,x,1\n", "line 2: price 'x' is not a plain decimal"),
        (
            HEADER + ROWS + "2025-02-19 08:01:30.053,ES,1,1,1\n",
            "line 5: 2025-02-19 08:01:30.053 is before the line above",
        ),
        (HEADER + '"unclosed', "not CSV in UTF-8"),
    ],
)
def test_a_wrong_file_is_one_line_that_says_where(tmp_path: Path, text: str, line: str) -> None:
    path = _file(tmp_path, text)
    with pytest.raises(ReplayFileError) as refused:
        replay([path])
    assert str(refused.value).startswith(str(path))
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReplayFileError, match=r"none\.csv: no such file or directory"):
        replay([tmp_path / "none.csv"])
