"""Which messages a broker has confirmed on one channel. No I/O."""

import asyncio
from collections import deque


class MessagesRefused(Exception):
    """The broker has refused at least one message."""


class Confirms:
    """Numbers messages from 1 on, in the order in which they are published, as the broker does.

    The broker confirms them one by one in any order, or all up to a number at once.
    """

    def __init__(self) -> None:
        self._published = 0
        self._confirmed = 0
        """Every message up to this one is confirmed."""
        self._confirmed_early: set[int] = set()
        """Messages beyond it that are confirmed, too."""
        self._parts: deque[_Part] = deque()
        """Those that are not confirmed, in order."""

    def publish(self, count: int) -> "asyncio.Future[None]":
        """Number the next messages. The future is done when the broker has confirmed all of them.

        It raises `MessagesRefused` if the broker refuses one of them.
        """
        part = _Part(self._published + 1, self._published + count)
        self._published = part.last
        self._parts.append(part)
        return part.confirmed

    def confirm(self, number: int, are_all_before: bool) -> None:
        """Note a confirm of a message, or of all up to it."""
        if are_all_before:
            self._confirmed = max(self._confirmed, number)
            self._confirmed_early = {each for each in self._confirmed_early if each > self._confirmed}
        elif number > self._confirmed:
            self._confirmed_early.add(number)
        while self._confirmed + 1 in self._confirmed_early:
            self._confirmed += 1
            self._confirmed_early.remove(self._confirmed)
        while self._parts and self._parts[0].last <= self._confirmed:
            self._parts.popleft().end(None)

    def refuse(self, number: int, are_all_before: bool) -> None:
        """Note that the broker has refused a message, or all up to it that it has not confirmed."""
        for part in self._parts:
            if part.first <= number and (are_all_before or number <= part.last):
                part.end(MessagesRefused())
        self.confirm(number, are_all_before)


class _Part:
    """Messages that were published together."""

    __slots__ = ("confirmed", "first", "last")

    def __init__(self, first: int, last: int) -> None:
        self.first, self.last = first, last
        self.confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Nobody may wait any more.
        self.confirmed.add_done_callback(lambda future: future.cancelled() or future.exception())

    def end(self, error: MessagesRefused | None) -> None:
        if self.confirmed.done():
            return
        if error is None:
            self.confirmed.set_result(None)
        else:
            self.confirmed.set_exception(error)
