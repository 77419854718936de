"""One connection to Redis that never reconnects and never retries by itself.

redis-py's own client reconnects inside a call, and its caller does not notice. After that a script may run on the state
of another server, and the pub/sub messages in between are lost without a trace. Here a lost connection is an error that
the owner of the connection handles.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self, TypeVar

from hiredis import pack_command
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import Connection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from tickql.feed.errors import FeedUnavailable
from tickql.feed.redis_address import Node
from tickql.feed.refusal import outage_reason, refusal, tls_hint
from tickql.feed.timings import DEFAULT_TIMINGS

# redis-py 8: `None` means "use `socket_timeout`", only infinity means "no timeout".
_NO_TIMEOUT_S = float("inf")

_FAULTS = (RedisError, OSError, TimeoutError, RuntimeError)
"""What a broken connection raises. RuntimeError: uvloop does, for a transport that a reset has closed."""

T = TypeVar("T")
Command = tuple[Any, ...]
"""A Redis command: its name and arguments, each a text, bytes or an integer."""


def connection_pool(url: str, connect_timeout_s: float = DEFAULT_TIMINGS.redis_call_s) -> ConnectionPool:
    """Return a pool of connections to `url` that speak RESP2 and never retry. Its user sets call timeouts."""
    return ConnectionPool.from_url(
        url,
        # With RESP3 hiredis-py leaks one list per pub/sub message (hiredis-py #235).
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=connect_timeout_s,
        # redis-py applies this timeout to writes with `asyncio.wait_for`, which in Python 3.11 may lose a cancellation
        # (python/cpython#86296). A cancelled task then never ends.
        socket_timeout=None,
        health_check_interval=0,
    )


class RedisConnection:
    """One open connection. Not for concurrent callers, except that one task may `send` while another one `receive`s."""

    def __init__(self, connection: Connection, call_timeout_s: float) -> None:
        self._connection = connection
        self._call_timeout_s = call_timeout_s

    @classmethod
    async def open(cls, url: str, call_timeout_s: float = DEFAULT_TIMINGS.redis_call_s) -> Self:
        """Connect; log in and select the database if the address has a password or a database number.

        Raises:
            FeedUnavailable: Redis did not answer.
            FeedRefused: Redis refused the login, or the database.
        """
        pool = connection_pool(url, call_timeout_s)
        connection: Connection = pool.make_connection()  # type: ignore[no-untyped-call]
        try:
            # Twice the timeout of a call: the TCP connect may use one of them, the login needs another.
            async with asyncio.timeout(2 * call_timeout_s):
                await connection.connect()  # type: ignore[no-untyped-call]
        except (AuthenticationError, ResponseError) as error:
            await _abort(connection)
            raise refusal(error) from error
        except _FAULTS as error:
            await _abort(connection)
            raise FeedUnavailable(outage_reason(error, "no connection") + tls_hint(url, error)) from error
        except asyncio.CancelledError:
            await _abort(connection)
            raise
        return cls(connection, call_timeout_s)

    @property
    def node(self) -> Node:
        """Where the server listens. Not for a Unix socket."""
        return Node(self._connection.host, self._connection.port)

    async def call(self, *commands: Command) -> list[Any]:
        """Send commands in one write and return their replies; the reply of a refused command is its `ResponseError`.

        Raises:
            FeedUnavailable: the connection broke, or the replies took longer than the timeout. The commands may have
                run or not; the connection is closed.
        """
        await self.send(*commands)
        return await self.replies(len(commands))

    async def replies(self, count: int) -> list[Any]:
        """Return the replies of `count` commands that `send` has sent; the reply of a refused command is its error.

        Raises:
            FeedUnavailable: the connection broke, or the replies took longer than the timeout; it is closed.
        """
        try:
            async with asyncio.timeout(self._call_timeout_s):
                return [await self._reply() for _ in range(count)]
        except _FAULTS as error:
            # A reply that arrives later would be taken for the reply to the next call: close.
            await self.close()
            raise FeedUnavailable(outage_reason(error, f"no answer within {self._call_timeout_s:g} s")) from error

    async def send(self, *commands: Command) -> None:
        """Send commands in one write, without waiting for replies.

        Raises:
            FeedUnavailable: the connection is broken, or its socket accepts nothing within the timeout.
        """
        # redis-py would reconnect here.
        if not self._connection.is_connected:
            raise FeedUnavailable("the connection is closed")
        try:
            data = b"".join([pack_command(command) for command in commands])
            async with asyncio.timeout(self._call_timeout_s):
                await self._connection.send_packed_command(data, check_health=False)
        except _FAULTS as error:
            await self.close()
            raise FeedUnavailable(outage_reason(error, "could not send")) from error

    async def receive(self) -> list[Any]:
        """Wait for the next pub/sub message, without a timeout.

        Raises:
            FeedUnavailable: the connection broke.
            FeedRefused: Redis refused a subscription; the connection is closed.
        """
        try:
            message: list[Any] = await self._connection.read_response(timeout=_NO_TIMEOUT_S)
        except ResponseError as error:
            await self.close()
            raise refusal(error) from error
        except _FAULTS as error:
            await self.close()
            raise FeedUnavailable(outage_reason(error, "the connection broke")) from error
        return message

    async def close(self) -> None:
        """Close the connection at once, in any state."""
        await _abort(self._connection)

    async def _reply(self) -> Any:
        try:
            return await self._connection.read_response(timeout=_NO_TIMEOUT_S)
        except ResponseError as error:
            return error


async def _abort(connection: Connection) -> None:
    # Over TLS redis-py's `disconnect` alone would keep the socket until the server agrees, for up to 30 s.
    writer = connection._writer
    if writer is not None:
        writer.transport.abort()
    await connection.disconnect(nowait=True)


async def retry_until_available(
    operation: Callable[[], Awaitable[T]], on_failure: Callable[[FeedUnavailable], None] | None = None
) -> T:
    """Return the result of `operation`; repeat it, without end, while it raises `FeedUnavailable`.

    `on_failure` is called with each such error. The pause between two attempts is random and at most a second.
    """
    # Random pauses: the processes that lost the same Redis do not all reconnect in the same moment.
    async for attempt in AsyncRetrying(
        wait=wait_random_exponential(multiplier=0.1, max=1.0), retry=retry_if_exception_type(FeedUnavailable)
    ):
        with attempt:
            try:
                return await operation()
            except FeedUnavailable as error:
                if on_failure is not None:
                    on_failure(error)
                raise
    raise AssertionError("unreachable: the retries have no end")


def check_replies(replies: Sequence[Any]) -> list[Any]:
    """Return the replies of `RedisConnection.call` if Redis refused none of the commands.

    Raises:
        FeedRefused: Redis refused a command (out of memory, still loading, a script that it has forgotten).
    """
    for reply in replies:
        if isinstance(reply, ResponseError):
            raise refusal(reply) from reply
    return list(replies)
