"""A few connections to Redis for short calls: each call gets one for itself, and a broken one never fails a call."""

import asyncio
import logging
from typing import Any

from tickql.feed.connection import Command, RedisConnection
from tickql.feed.errors import FeedUnavailable

logger = logging.getLogger("tickql.feed")


class ConnectionPool:
    """At most `size` connections, opened on demand and kept. Further calls queue, within the same timeout.

    The commands must be safe to repeat: a call on a kept connection that breaks runs again on a fresh one.
    """

    def __init__(self, url: str, call_timeout_s: float, size: int) -> None:
        self._url = url
        self._call_timeout_s = call_timeout_s
        self._idle: list[RedisConnection] = []
        # Taken inside the timeout of a call, so that a call behind a queue of others fails after the same time.
        self._slots = asyncio.Semaphore(size)

    async def call(self, *commands: Command) -> list[Any]:
        """Send commands in one write and return their replies; the reply of a refused command is its `ResponseError`.

        Raises:
            FeedUnavailable: Redis cannot be reached, or does not answer within the timeout.
        """
        try:
            async with asyncio.timeout(self._call_timeout_s), self._slots:
                if self._idle:
                    try:
                        return await self._run(self._idle.pop(), commands)
                    except FeedUnavailable as error:
                        # What broke this connection while it was idle (a reset, a restart) broke the others, too.
                        logger.debug("a kept connection broke: %s", error)
                        await self.close()
                return await self._run(await RedisConnection.open(self._url, self._call_timeout_s), commands)
        except TimeoutError as error:
            raise FeedUnavailable(f"redis does not answer: no answer within {self._call_timeout_s:g} s") from error

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
