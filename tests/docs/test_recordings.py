"""What docs/recordings.md says of formats and of the Python API is true."""

import re
from pathlib import Path
from typing import Any

import pytest

from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Quote
from tickql.producer.recording.recording_file import read_recording

DOC = (Path(__file__).parents[2] / "docs" / "recordings.md").read_text()
SHOWN = Quote("ES", "22258.75", "22255.50", None, 1_739_952_125_053_123)


def _block(language: str) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", DOC, re.DOTALL)
    return str(block)


@pytest.mark.parametrize(("language", "suffix"), [("json", ".jsonl"), ("csv", ".csv")])
def test_the_lines_shown_are_a_recording(language: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"shown{suffix}"
    path.write_text(_block(language))
    (quote,) = read_recording(path)
    assert quote == SHOWN._replace(observed_us=quote.observed_us)
    assert quote.observed_us // 1000 == SHOWN.observed_us // 1000


async def test_the_python_shown_plays_a_recording(tmp_path: Path, feed_settings: FeedSettings) -> None:
    path = tmp_path / "shown.csv"
    path.write_text(_block("csv") + "2025-02-19 08:02:06.000,ES,,,22257.00\n")
    shown: dict[str, Any] = {}
    exec(compile(_block("python"), "recordings.md", "exec"), shown)
    assert await shown["play"](path, feed_settings) == "22257.00"
