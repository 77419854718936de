"""A few connections to Redis for short calls: each call gets one for itself, and a broken one never fails a call."""

import asyncio
import logging
from typing import Any

from tickql.feed.connect import open_connection
from tickql.feed.connection import Command, RedisConnection
from tickql.feed.errors import FeedUnavailable
from tickql.feed.fair_turns import FairTurns

logger = logging.getLogger("tickql.feed")

MAX_WAITING_CALLS = 128
"""Calls of one client that may wait: more than one document of the API can make. Redis serves them in some 10 ms."""


class ConnectionPool:
    """At most `size` connections, opened on demand and kept. Further calls wait for their turn (see `fair_turns`).

    The commands must be safe to repeat: a call on a kept connection that breaks runs again on a fresh one.
    """

    def __init__(self, url: str, call_timeout_s: float, size: int, max_waiting: int = MAX_WAITING_CALLS) -> None:
        """`max_waiting`: how many calls of one client may wait."""
        self._url = url
        self._call_timeout_s = call_timeout_s
        self._idle: list[RedisConnection] = []
        self._turns = FairTurns(size, max_waiting)

    async def call(self, *commands: Command) -> list[Any]:
        """Send commands in one write and return their replies; the reply of a refused command is its `ResponseError`.

        Raises:
            FeedBusy: too many calls of the same client wait.
            FeedUnavailable: Redis cannot be reached, or does not answer within the timeout.
        """
        # The time for Redis begins with the turn: a client that waits behind its own calls does not blame Redis.
        async with self._turns.turn():
            return await self._call(commands)

    async def _call(self, commands: tuple[Command, ...]) -> list[Any]:
        try:
            async with asyncio.timeout(self._call_timeout_s):
                if self._idle:
                    try:
                        return await self._run(self._idle.pop(), commands)
                    except FeedUnavailable as error:
                        # What broke this connection while it was idle (a reset, a restart) broke the others, too.
                        logger.debug("a kept connection broke: %s", error)
                        await self.close()
                return await self._run(await open_connection(self._url, "", self._call_timeout_s), commands)
        except TimeoutError as error:
            # The kept connections lead to the same silence, whether Redis hangs or the network has lost them.
            await self.close()
            # Redis does not answer those that wait, either: they fail now and not one after the other.
            self._turns.fail_waiting(self._no_answer)
            raise self._no_answer() from error
        except FeedUnavailable as error:
            raise FeedUnavailable(f"redis does not answer: {error}") from error

    def _no_answer(self) -> FeedUnavailable:
        return FeedUnavailable(f"redis does not answer: no answer within {self._call_timeout_s:g} s")

    async def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            await self._idle.pop().close()

    async def _run(self, connection: RedisConnection, commands: tuple[Command, ...]) -> list[Any]:
        try:
            replies = await connection.call(*commands)
        except BaseException:
            # Also after a cancellation: a reply that arrives later would be taken for that to the next call.
            await connection.close()
            raise
        self._idle.append(connection)
        return replies
