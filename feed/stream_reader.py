"""Reads the heads and streams of symbols, several in one round trip, and decodes their ticks in slices."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tickql.feed import scripts
from tickql.feed.codec import decode_tick
from tickql.feed.errors import InvalidMessage
from tickql.feed.head import Head
from tickql.feed.keys import Keys
from tickql.feed.pool import CallPool
from tickql.feed.script_calls import ScriptCall, call_script
from tickql.feed.tick import Cursor, Tick
from tickql.feed.time_slices import TimeSlices, pause

logger = logging.getLogger("tickql.feed")

_DECODED_BETWEEN_PAUSES = 16
"""Ticks that are decoded before the clock is looked at."""


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """The next `count` ticks of a symbol after a cursor, or its newest `count` ticks if `after` is `None`.

    `or_newest`: if the stream has none of them, because it was evicted, the newest tick, which the head has, too.
    """

    symbol: str
    after: Cursor | None
    count: int
    or_newest: bool = False


class StreamReader:
    """Reads streams on the connections of a pool. For any number of concurrent callers."""

    def __init__(self, keys: Keys, pool: CallPool, slices: TimeSlices, *, keeps_messages: bool) -> None:
        """`keeps_messages`: ticks keep their messages (`Tick.message`)."""
        self._keys = keys
        self._pool = pool
        self._slices = slices
        self._keeps_messages = keeps_messages

    async def read(self, requests: Sequence[StreamRequest]) -> list[Head | None]:
        """Return what is requested of each symbol; `None`: no producer has opened it yet. One round trip for all.

        The caller bounds the ticks of one call: all of them are in memory at once.
        """
        replies = await call_script(self._pool, scripts.READ, [self._call(request) for request in requests])
        ticks = iter(await self._decode([reply[2] for reply in replies if reply]))
        return [
            _head(request.symbol, reply, next(ticks)) if reply else None
            for request, reply in zip(requests, replies, strict=True)
        ]

    async def decode(self, payloads: Sequence[bytes]) -> tuple[Tick, ...]:
        """Return the ticks of these messages, without those that are none."""
        (ticks,) = await self._decode([payloads])
        return ticks

    def _call(self, request: StreamRequest) -> ScriptCall:
        keys = (self._keys.head(request.symbol), self._keys.ticks(request.symbol))
        after = "" if request.after is None else request.after.stream_id
        return ScriptCall(keys, (after, request.count, int(request.or_newest)))

    async def _decode(self, lists: Sequence[Sequence[bytes]]) -> list[tuple[Tick, ...]]:
        return await self._slices.run(partial(_decode_each, lists, keep=self._keeps_messages))


def _head(symbol: str, reply: Sequence[Any], ticks: tuple[Tick, ...]) -> Head:
    epoch, top, _, base = reply
    return Head(Cursor(symbol, int(epoch), int(top)), int(base), ticks)


def _decode_each(lists: Iterable[Sequence[bytes]], *, keep: bool) -> list[tuple[Tick, ...]]:
    return [tuple(_decode_all(payloads, keep=keep)) for payloads in lists]


def _decode_all(payloads: Iterable[bytes], *, keep: bool) -> Iterable[Tick]:
    for number, payload in enumerate(payloads):
        if number % _DECODED_BETWEEN_PAUSES == 0:
            pause()
        try:
            yield decode_tick(payload, keep=keep)
        except InvalidMessage as error:
            logger.warning("skipped an entry of the stream that is not a tick: %s", error)
