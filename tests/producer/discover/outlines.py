"""Recorded outlines of the fixture pages (see record.py)."""

from pathlib import Path

from tickql.producer.discover.page.outline import Outline

_FOLDER = Path(__file__).parent / "outlines"


def recorded(name: str) -> Path:
    return _FOLDER / f"{name}.json"


def outline(name: str) -> Outline:
    return Outline.decode(recorded(name).read_bytes())
