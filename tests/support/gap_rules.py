"""What is wrong with a gap that a reader was given, between two events."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.journal import Received, parse_cursor
from tickql.feed.publish_session import BATCH_TICKS
from tickql.feed.tick import Cursor, GapReason


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the faults of a run can explain. `None`: anything."""

    reasons: frozenset[str] | None = None
    """Reasons of gaps."""
    epochs: int | None = None
    """Numberings of a symbol."""


def gap_faults(one: Received, other: Received, allowed: Allowed) -> Iterator[str]:
    """Yield a sentence for each fault of the gap of `other`, the event after `one`."""
    before, after = parse_cursor(one.cursor), parse_cursor(other.cursor)
    begin = None if other.gap_after is None else parse_cursor(other.gap_after)
    where = f"the gap between {one.cursor} and {other.cursor}"
    if allowed.reasons is not None and other.gap not in allowed.reasons:
        yield f"{where} is {other.gap}, which no fault of this run explains"
    if begin is None or (begin != before and not (other.merging and _is_between(before, begin, after))):
        yield f"{where} is after {other.gap_after}"
    if other.lost is not None and after != before._replace(seq=before.seq + 1 + other.lost + other.skipped):
        yield f"{where} is not of {other.lost}"
    # How much was trimmed of a numbering that has ended is not known: where that numbering began is not known either.
    is_countless = other.lost is None and other.gap == GapReason.TRIMMED
    if before.epoch == after.epoch and (after.seq == before.seq + 1 or not (other.lost or is_countless)):
        yield f"{where} is of nothing"
    if one.term == other.term:
        yield from _number_faults(one, other, where)


def _number_faults(one: Received, other: Received, where: str) -> Iterator[str]:
    # Ticks that Redis had published and not yet confirmed when it lost the numbering come again, under new numbers.
    repeated = one.number + 1 - other.number
    if repeated > (BATCH_TICKS if other.gap == GapReason.RESTARTED else 0):
        yield f"tick {other.number} after {one.number}"
    if other.lost is not None and other.number != one.number + 1 + other.lost + other.skipped:
        yield f"{where} is of {other.number - one.number - 1 - other.skipped} ticks, not of {other.lost}"


def _is_between(before: Cursor, cursor: Cursor, after: Cursor) -> bool:
    """Whether a cursor may lie between two that were delivered one after the other. Epochs have no order."""
    return (cursor.epoch != before.epoch or cursor.seq > before.seq) and (
        cursor.epoch != after.epoch or cursor.seq < after.seq
    )
