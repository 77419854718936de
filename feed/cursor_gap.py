"""What a page of history lacks at its cursor: the cursor may name a tick that Redis no longer has, or has not yet."""

from collections.abc import Sequence
from typing import Any

from tickql.feed.connection import Command
from tickql.feed.keys import Keys
from tickql.feed.tick import Cursor, Gap, GapReason


def place_commands(keys: Keys, cursor: Cursor) -> tuple[Command, ...]:
    """Return the commands whose replies `gap_after` takes. They read at most two entries of the stream."""
    stream, entry = keys.ticks(cursor.symbol), cursor.stream_id
    return (
        ("HMGET", keys.head(cursor.symbol), "epoch", "top", "base"),
        ("XRANGE", stream, entry, entry),
        ("XRANGE", stream, f"({entry}", "+", "COUNT", 1),
    )


def gap_after(cursor: Cursor, replies: Sequence[Any]) -> Gap | None:
    """Return what is missing between `cursor` and the next stored tick; `None`: nothing."""
    (head_epoch, head_top, head_base), exact, following = replies
    if exact:
        return None
    is_current = head_epoch is not None and int(head_epoch) == cursor.epoch
    if is_current and cursor.seq < int(head_base or 0):
        return Gap(cursor, GapReason.UNKNOWN_CURSOR, None)
    if following:
        epoch, _, seq = following[0][0].partition(b"-")
        lost = int(seq) - cursor.seq - 1
    elif head_epoch is None:
        return Gap(cursor, GapReason.UNKNOWN_CURSOR, None)
    else:
        epoch, lost = head_epoch, int(head_top) - cursor.seq
    if int(epoch) != cursor.epoch:
        return Gap(cursor, GapReason.RESTARTED, None)
    if lost < 0:
        return Gap(cursor, GapReason.UNKNOWN_CURSOR, None)
    # Where an epoch that has ended began is not known: some of these numbers may be of the epoch before it.
    return Gap(cursor, GapReason.TRIMMED, lost if is_current else None) if lost else None


def is_beyond_stream(gap: Gap | None, replies: Sequence[Any]) -> bool:
    """Return whether the stored ticks are of a numbering that followed that of the cursor with a lower epoch."""
    return gap is not None and gap.reason is GapReason.RESTARTED and not replies[2]
