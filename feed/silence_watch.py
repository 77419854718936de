"""Notices a connection on which nothing arrives any more, though nothing has broken it."""

import asyncio
from collections.abc import Callable
from typing import NoReturn

from tickql.feed.errors import FeedUnavailable

SILENCE_S = 3.0
"""Time without any message after which a connection is replaced. Producers send a heartbeat each second."""
_MAX_SILENCE_S = 30.0
"""Without a producer there are no heartbeats either. The timeout doubles up to this value, until a message arrives."""
_CHECKS = 6
"""How often a silence is looked at before it counts. A pause of this process itself is one look, however long."""


class SilenceWatch:
    """Watches one connection after the other. Whoever reads them sets `has_received` and `has_message`."""

    __slots__ = ("_base_s", "_timeout_s", "has_message", "has_received")

    def __init__(self) -> None:
        self.has_received = False
        """Whether anything was received since the last look."""
        self.has_message = False
        """Whether a message was received since the last look, and not only the confirmation of a subscription."""
        self._base_s = self._timeout_s = SILENCE_S

    async def run(self, expects_messages: Callable[[], bool]) -> NoReturn:
        """Watch the present connection. `expects_messages`: whether somebody sends to one of its channels each second.

        Raises:
            FeedUnavailable: nothing has arrived for too long.
        """
        # A task instead of a timeout around each `receive`: such a timeout costs as much as reading the message.
        # Looks are counted, not seconds: after a pause of this process, messages wait in the socket unread.
        quiet_looks = 0
        while quiet_looks < _CHECKS:
            self.has_received = self.has_message = False
            await asyncio.sleep(self._timeout_s / _CHECKS)
            if self.has_message:
                self._timeout_s = self._base_s
            quiet_looks = 0 if self.has_received or not expects_messages() else quiet_looks + 1
        silence_s, self._timeout_s = self._timeout_s, min(2 * self._timeout_s, _MAX_SILENCE_S)
        raise FeedUnavailable(f"no message for {silence_s:g} s")
