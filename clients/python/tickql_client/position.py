"""Where a reader is in the ticks of a symbol. No I/O."""

import time
from dataclasses import replace

from .messages import Cursor, Message, gap_between
from .values import Gap, GapReason, Tick

_REPAIR_S = 10.0
"""How long to wait for a tick that a cursor names and that Redis does not have. After a crash of Redis the producer
sends lost ticks again, which takes it a reconnect."""


class Position:
    """The last tick that was delivered."""

    def __init__(self, requested: Cursor | None) -> None:
        self.cursor = requested
        """The last tick, or the cursor that was asked for; `None`: begin with the newest tick."""
        self.is_requested = requested is not None
        """Whether nobody has proven yet that the cursor names a tick."""
        self._waits_until_s: float | None = None
        self._gap: Gap | None = None

    def deliver(self, message: Message, is_current: bool = True) -> Tick:
        """Return the tick of a message with the gap before it, and make it the last one.

        `is_current`: whether the epoch of the tick is the present one. Where an earlier one began is not known: some of
        the numbers after a requested cursor may be of the epoch before it.
        """
        assert message.tick is not None
        gap = self._gap or (None if self.cursor is None else gap_between(self.cursor, message))
        if gap is not None and self.is_requested and gap.reason is GapReason.TRIMMED and not is_current:
            gap = replace(gap, lost=None)
        self.cursor, self._gap, self.is_requested = message.cursor, None, False
        return replace(message.tick, gap=gap)

    def is_next(self, cursor: Cursor) -> bool:
        """Return whether a cursor is that of the tick after the last one."""
        return self.cursor is not None and self.cursor._replace(seq=self.cursor.seq + 1) == cursor

    def is_past(self, cursor: Cursor) -> bool:
        """Return whether a tick was delivered, or lies before the one that was asked for."""
        return self.cursor is not None and self.cursor.epoch == cursor.epoch and self.cursor.seq >= cursor.seq

    def has_waited(self, newest: Cursor) -> bool:
        """Return whether the requested cursor lies beyond the newest tick for longer than a repair may take."""
        if not self.is_requested or self.cursor is None or newest.seq >= self.cursor.seq:
            return False
        now_s = time.monotonic()
        if self._waits_until_s is None:
            self._waits_until_s = now_s + _REPAIR_S
        return now_s >= self._waits_until_s

    def forget(self) -> None:
        """Begin with the newest tick: the requested cursor names none."""
        self._gap = Gap(str(self.cursor), GapReason.UNKNOWN_CURSOR, None)
        self.cursor, self.is_requested = None, False
