"""Every tick of a symbol directly from Redis, with none missing, with the rights of a plain consumer.

The follower is the client's own, and small, because it serves one reader of one symbol: it needs neither the rings nor
the Lua scripts of the server, by which `tickql.feed` serves thousands of readers. What is hard about the feed, that a
number is never given twice and that a tick is stored and announced in one step, is the writer's part, and both rely on
it. `make chaos` judges both by the same checker.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import FullJitterBackoff, NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from .errors import Refused
from .messages import Cursor, Message
from .position import Position
from .servers import find_server
from .stored_ticks import StoredTicks
from .values import Tick

logger = logging.getLogger("tickql.client")

NAMESPACE = "market_data"

_CALL_S = 5.0
"""Timeout of one call to Redis."""
_SILENCE_S, _MAX_SILENCE_S = 3.0, 30.0
"""Time without a message after which a connection is replaced. A producer sends a heartbeat each second. Without a
producer there are none: the timeout doubles, up to the second value, until a message arrives."""
_KINDS = {"smessage": "message", "ssubscribe": "subscribe", "sunsubscribe": "unsubscribe"}
_BACKOFF = FullJitterBackoff(cap=1.0, base=0.05)


async def follow(
    symbol: str, redis_url: str, *, after: str | None = None, namespace: str = NAMESPACE
) -> AsyncGenerator[Tick, None]:
    """Yield the newest tick of a symbol, or the ticks after the cursor `after`; then every new tick, without end.

    While Redis is down the generator waits; then it continues without a missing tick. A tick that can no longer be
    delivered is counted in the next tick's `gap`. `redis_url`: `redis://`, `rediss://` (TLS) or `unix://`; a cluster:
    `redis://host1,host2/?cluster=1`; Sentinel: `redis+sentinel://host1,host2/NAME`.

    A caller that leaves the loop early closes the generator (`contextlib.aclosing`).

    Raises:
        Refused: `after` is not a cursor of this symbol, or the user of `redis_url` lacks a right or its password.
        ValueError: `redis_url` is not an address.
    """
    position = Position(_requested(after, symbol))
    failures, silence_s = 0, _SILENCE_S
    while True:
        try:
            name = f"{namespace}:{{{symbol}}}"
            # Asked each time: after a failover, or when its slot has moved, another server has the symbol.
            server = await find_server(redis_url, name, _CALL_S)
            async with (
                Redis.from_url(
                    server.url,
                    protocol=2,
                    socket_timeout=_CALL_S,
                    socket_connect_timeout=_CALL_S,
                    retry=Retry(NoBackoff(), 0),
                ) as redis,
                redis.pubsub() as channel,
            ):
                await (channel.ssubscribe(name) if server.is_sharded else channel.subscribe(name))
                stored = StoredTicks(redis, namespace, symbol)
                while (received := await _receive(channel, silence_s)) is not None:
                    failures = 0
                    kind, data = received
                    if kind == "unsubscribe":
                        raise RedisError("another node of the cluster serves the symbol now")
                    silence_s = _SILENCE_S if kind == "message" else silence_s
                    async with aclosing(_news(stored, position, kind, data)) as news:
                        async for tick in news:
                            yield tick
                silence_s = min(2 * silence_s, _MAX_SILENCE_S)
        except (AuthenticationError, NoPermissionError) as error:
            raise Refused(f"redis refuses: {error}") from error
        except (RedisError, OSError) as error:
            logger.info("reading from redis again: %s", error)
        await asyncio.sleep(_BACKOFF.compute(failures))
        failures += 1


def _requested(after: str | None, symbol: str) -> Cursor | None:
    try:
        cursor = None if after is None else Cursor.parse(after)
    except ValueError as error:
        raise Refused(str(error)) from error
    if cursor is not None and cursor.symbol != symbol:
        raise Refused(f"cursor {after!r} belongs to symbol {cursor.symbol!r}, not to {symbol!r}")
    return cursor


async def _receive(channel: PubSub, silence_s: float) -> tuple[str, Any] | None:
    """Return the next message, or the confirmation of the subscription; `None`: there was none for `silence_s`."""
    message = await channel.get_message(timeout=silence_s)
    # "smessage", "ssubscribe" and "sunsubscribe": those of a sharded channel.
    return None if message is None else (_KINDS.get(message["type"], message["type"]), message["data"])


async def _news(stored: StoredTicks, position: Position, kind: str, data: Any) -> AsyncGenerator[Tick, None]:
    """Yield the ticks that a message brings: its own, if it is the next one, else those that the stream has."""
    if kind == "subscribe":
        async for tick in _after_subscribing(stored, position):
            yield tick
        return
    try:
        message = Message.parse(data)
    except ValueError as error:
        logger.warning("skipped a message: %s", error)
        return
    if position.is_past(message.cursor):
        if position.has_waited(message.cursor):
            position.forget()
            async for tick in _newest(stored, position):
                yield tick
    elif message.tick is not None and (position.cursor is None or position.is_next(message.cursor)):
        yield position.deliver(message)
    elif message.cursor.seq:
        async for tick in _missed(stored, position, message):
            yield tick


async def _after_subscribing(stored: StoredTicks, position: Position) -> AsyncGenerator[Tick, None]:
    """Yield what the stream has. Messages that are published after that come over the channel."""
    if position.is_requested and position.cursor is not None:
        head = await stored.head()
        # The numbers up to `base` were never given in this epoch.
        if head is not None and head.epoch == position.cursor.epoch and position.cursor.seq < head.base:
            position.forget()
    async for tick in _newest(stored, position) if position.cursor is None else _stream(stored, position):
        yield tick


async def _newest(stored: StoredTicks, position: Position) -> AsyncGenerator[Tick, None]:
    newest = await stored.newest()
    if newest is not None:
        yield position.deliver(newest)


async def _stream(stored: StoredTicks, position: Position, start: Cursor | None = None) -> AsyncGenerator[Tick, None]:
    """Yield all ticks after the last one, or after `start`."""
    start = start or position.cursor
    assert start is not None
    head = await stored.head() if position.is_requested else None
    async with aclosing(stored.after(start)) as messages:
        async for message in messages:
            yield position.deliver(message, head is None or head.epoch == message.cursor.epoch)


async def _missed(stored: StoredTicks, position: Position, message: Message) -> AsyncGenerator[Tick, None]:
    """Yield the ticks up to that of a message which is not the next one."""
    before = start = position.cursor
    if start is None:
        async for tick in _newest(stored, position):
            yield tick
        return
    if message.cursor.epoch < start.epoch:
        head = await stored.head()
        # Either the stream was read after this message was sent, and the message is older than the last tick. Or the
        # numbering has begun again, by a clock that is behind, and none of its ticks was delivered yet.
        if head is None or head.epoch != message.cursor.epoch:
            return
        start = message.cursor._replace(seq=0)
    async for tick in _stream(stored, position, start):
        yield tick
    if message.tick is not None and position.cursor == before:
        # The stream does not have the tick: it was evicted or deleted. But if Redis has lost the tick, the producer
        # sends it again.
        head = await stored.head()
        if head is not None and head.has_given(message.cursor):
            yield position.deliver(message)
