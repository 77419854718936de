"""What Redis keeps of one symbol: its stream of ticks, and the head with the state of the numbering.

Only commands that the Redis user `consumer` may run (`deploy/redis/`).
"""

from collections.abc import AsyncGenerator
from typing import Any, NamedTuple

from redis.asyncio import Redis

from .messages import Cursor, Message

_READ_TICKS = 500
"""Ticks read in one call, so that one call stays far below its timeout."""


class Head(NamedTuple):
    """The numbering: its epoch, the newest number, and the number before the first one of this epoch."""

    epoch: int
    top: int
    base: int

    def has_given(self, cursor: Cursor) -> bool:
        """Return whether the numbering of this epoch has reached a cursor."""
        return self.epoch == cursor.epoch and self.top >= cursor.seq


class StoredTicks:
    """Reads the stream and the head of one symbol."""

    def __init__(self, redis: "Redis", namespace: str, symbol: str) -> None:
        self._redis: Any = redis
        self._stream = f"{namespace}:{{{symbol}}}:ticks"
        self._head = f"{namespace}:{{{symbol}}}:head"

    async def newest(self) -> Message | None:
        """Return the newest tick; `None`: there is none."""
        entries = await self._redis.xrevrange(self._stream, count=1)
        return _message(entries[0]) if entries else None

    async def after(self, cursor: Cursor) -> AsyncGenerator[Message, None]:
        """Yield all ticks after a cursor, in the order of the stream."""
        while entries := await self._redis.xrange(self._stream, min=f"({cursor.stream_id}", count=_READ_TICKS):
            for entry in entries:
                message = _message(entry)
                yield message
                cursor = message.cursor

    async def head(self) -> Head | None:
        """Return the head; `None`: no producer has opened the symbol."""
        # Not HMGET: a consumer may read one field at a time. The epoch comes last, so that it is never older than the
        # numbers beside it.
        async with self._redis.pipeline(transaction=False) as pipeline:
            for field in ("top", "base", "epoch"):
                pipeline.hget(self._head, field)
            top, base, epoch = await pipeline.execute()
        return None if epoch is None else Head(int(epoch), int(top or 0), int(base or 0))


def _message(entry: tuple[bytes, dict[bytes, bytes]]) -> Message:
    return Message.parse(entry[1][b"tick"])
