"""The sentences about prices that were seen but not taken. No I/O."""

from collections.abc import Sequence

from tickql.producer.discover.inference.figures import Figure
from tickql.producer.discover.inference.notation import as_shown
from tickql.producer.discover.inference.units import Unit


def animation_note(figures: Sequence[Figure]) -> str:
    """Return the sentence about numbers that count to each new value, and of which nothing tells what they are."""
    samples = ", ".join(as_shown(each.spot.newest) for each in figures[:3])
    return (
        f"{_count(len(figures), 'number')} ({samples}) counted up or down to each new value frame by "
        "frame, and nothing tells which price they are: none of it is in the file"
    )


def nameless_note(group: Sequence[Unit]) -> str:
    """Return the sentence about places of one shape without symbols."""
    samples = ", ".join(as_shown(text) for unit in group[:3] for text in unit.texts()[-1:])
    return (
        f"{_count(len(group), 'place')} of one shape show prices ({samples}), but no text in each of them "
        "names its symbol: none of them is in the file"
    )


def shared_name_note(name: str, times: int) -> str:
    """Return the sentence about a name that several rules give to their only symbol."""
    return (
        f"{_count(times, 'place')} on the page may be {name}, and nothing tells them apart: "
        "only a table that names it is in the file"
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"
