"""One connection to Redis that never reconnects or retries behind its user's back.

redis-py's own client re-makes a lost connection inside a call. Then a script may run on another server's state, and
published messages are lost without a trace; here a lost connection is an error that its owner handles.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self, TypeVar

from hiredis import pack_command
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import Connection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from tickql.feed.errors import FeedUnavailable

_FOREVER_S = float("inf")
DEADLINE_S = 2.0
"""How long Redis may take to answer one call."""

T = TypeVar("T")
Command = tuple[Any, ...]
"""Texts, bytes and integers."""


def pool(url: str) -> ConnectionPool:
    """Connections to `url` that speak RESP2 (hiredis leaks on RESP3 pushes, hiredis-py #235) and never retry.

    Whoever uses one sets the deadline. redis-py's own, `socket_timeout`, writes inside `asyncio.wait_for`, which in
    Python 3.11 may lose a cancellation (python/cpython#86296): a task that was told to stop then never does.
    """
    return ConnectionPool.from_url(
        url,
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=DEADLINE_S,
        socket_timeout=None,
        health_check_interval=0,
    )


def _connection(url: str) -> Connection:
    connection: Connection = pool(url).make_connection()  # type: ignore[no-untyped-call]
    return connection


class RedisConnection:
    """One open connection. Not for concurrent callers, save that one task may `send` while another `receive`s."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect and, where the address has a password or database, log in and select.

        Raises:
            FeedUnavailable: no answer, or refused.
        """
        connection = _connection(url)
        try:
            async with asyncio.timeout(2 * DEADLINE_S):
                await connection.connect()  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError) as error:
            await connection.disconnect(nowait=True)
            raise FeedUnavailable(_reason(error, "no connection")) from error
        return cls(connection)

    async def call(self, *commands: Command) -> list[Any]:
        """Send commands in one write and return their replies; a refused command's reply is its `ResponseError`.

        Raises:
            FeedUnavailable: the connection broke or no answer within `DEADLINE_S`. What was sent may have run or not.
        """
        await self.send(*commands)
        try:
            async with asyncio.timeout(DEADLINE_S):
                return [await self._reply() for _ in commands]
        except (RedisError, OSError, TimeoutError) as error:
            await self.close()
            raise FeedUnavailable(_reason(error, f"no answer within {DEADLINE_S:g} s")) from error

    async def send(self, *commands: Command) -> None:
        """Send commands in one write, without waiting for replies.

        Raises:
            FeedUnavailable: the connection is broken, or takes nothing for `DEADLINE_S`.
        """
        if not self._connection.is_connected:
            raise FeedUnavailable("the connection is closed")
        try:
            data = b"".join([pack_command(command) for command in commands])
            async with asyncio.timeout(DEADLINE_S):
                await self._connection.send_packed_command(data, check_health=False)
        except (RedisError, OSError, TimeoutError) as error:
            await self.close()
            raise FeedUnavailable(_reason(error, "could not send")) from error

    async def receive(self) -> list[Any]:
        """Wait for the next pub/sub message, without a deadline.

        Raises:
            FeedUnavailable: the connection broke.
        """
        try:
            message: list[Any] = await self._connection.read_response(timeout=_FOREVER_S)
        except (RedisError, OSError) as error:
            await self.close()
            raise FeedUnavailable(_reason(error, "the connection broke")) from error
        return message

    async def close(self) -> None:
        """Close at once, whatever state it is in."""
        await self._connection.disconnect(nowait=True)

    async def _reply(self) -> Any:
        try:
            return await self._connection.read_response(timeout=_FOREVER_S)
        except ResponseError as error:
            return error


async def until_redis_answers(
    ask: Callable[[], Awaitable[T]], failed: Callable[[FeedUnavailable], None] | None = None
) -> T:
    """Return what `ask` answers, asking again for as long as it raises `FeedUnavailable`, which `failed` is told.

    Waits up to a second between two tries, of random length, so that many do not come back at the same moment.
    """
    async for attempt in AsyncRetrying(
        wait=wait_random_exponential(multiplier=0.1, max=1.0), retry=retry_if_exception_type(FeedUnavailable)
    ):
        with attempt:
            try:
                return await ask()
            except FeedUnavailable as error:
                if failed is not None:
                    failed(error)
                raise
    raise AssertionError("unreachable: retried for ever")


def succeeded(replies: Sequence[Any]) -> list[Any]:
    """Return the replies, none of which is a refusal.

    Raises:
        FeedUnavailable: Redis refused a command (out of memory, still loading, a script it has forgotten).
    """
    for reply in replies:
        if isinstance(reply, ResponseError):
            raise FeedUnavailable(f"Redis refused: {reply}") from reply
    return list(replies)


def _reason(error: BaseException, otherwise: str) -> str:
    return otherwise if isinstance(error, TimeoutError) or not str(error) else str(error)
