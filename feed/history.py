"""Reading what Redis keeps: the newest tick of a symbol, its stream by cursor, by count and by time."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from tickql.feed import scripts
from tickql.feed.codec import decode_tick
from tickql.feed.connection import DEADLINE_S, pool
from tickql.feed.errors import FeedUnavailable, InvalidMessage
from tickql.feed.keys import Keys
from tickql.feed.scripts import Script
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Tick, check_symbol

logger = logging.getLogger("tickql.feed")

_CONNECTIONS = 8
_NEWEST_SEQ = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Page:
    """Some ticks of a symbol, oldest first, and whether there are older and newer ones in the range asked for."""

    ticks: tuple[Tick, ...]
    has_previous: bool
    has_next: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A symbol as of one moment: its newest cursor and the ticks after the place asked for, oldest first."""

    top: Cursor
    ticks: tuple[Tick, ...]


class History:
    """Reads the feed. An async context manager. Every method raises `FeedUnavailable` when Redis does not answer."""

    def __init__(self, settings: FeedSettings) -> None:
        self._keys: Keys = settings.keys
        self._redis = Redis(connection_pool=pool(settings.redis_url))
        self._turns = asyncio.Semaphore(_CONNECTIONS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()

    async def latest(self, symbol: str) -> Tick | None:
        """The newest tick of `symbol`; `None`: it has none."""
        payload = await self._ask("HGET", self._keys.head(check_symbol(symbol)), "newest")
        return None if payload is None else decode_tick(payload)

    async def symbols(self) -> list[str]:
        """Every symbol ever seen, in order."""
        members = await self._ask("SMEMBERS", self._keys.symbols)
        return sorted(member.decode() for member in members)

    async def reports(self) -> dict[str, bytes]:
        """What each producer last said of itself, by source (see `tickql.feed.status`)."""
        fields = await self._ask("HGETALL", self._keys.status)
        return {source.decode(): report for source, report in fields.items()}

    async def read(self, symbol: str, after: Cursor | None, count: int) -> Head | None:
        """The top of `symbol` and its next `count` ticks after a cursor, or its newest ones without a cursor.

        `None`: nobody has opened this symbol yet.
        """
        keys = (self._keys.head(symbol), self._keys.ticks(symbol))
        reply = await self._run(scripts.READ, keys, "" if after is None else str(after), count)
        if not reply:
            return None
        epoch, top, payloads = reply
        return Head(Cursor(int(epoch), int(top)), _decoded(payloads))

    async def holds(self, symbol: str, cursor: Cursor) -> bool:
        """Whether Redis still has some tick of the epoch that `cursor` names."""
        low, high = Cursor(cursor.epoch, 0), Cursor(cursor.epoch, _NEWEST_SEQ)
        return bool(await self._ask("XRANGE", self._keys.ticks(symbol), str(low), str(high), "COUNT", 1))

    async def page(
        self,
        symbol: str,
        *,
        first: int | None = None,
        last: int | None = None,
        after: Cursor | None = None,
        before: Cursor | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
    ) -> Page:
        """Ticks strictly between two cursors and observed in `from_us` to `to_us` (Unix microseconds, end excluded).

        `first` takes the oldest so many of them, `last` the newest so many; give exactly one of the two.
        """
        check_symbol(symbol)
        if (first is None) == (last is None):
            raise ValueError("give exactly one of first and last")
        lows = [] if after is None else [Cursor(after.epoch, after.seq + 1)]
        highs = [] if before is None else [before]
        if from_us is not None:
            since = await self._first_since(symbol, from_us)
            if since is None:
                return Page((), has_previous=False, has_next=False)
            lows.append(since)
        if to_us is not None and (until := await self._first_since(symbol, to_us)) is not None:
            highs.append(until)
        low = str(max(lows)) if lows else "-"
        high = f"({min(highs)}" if highs else "+"
        stream = self._keys.ticks(symbol)
        if last is None:
            assert first is not None
            entries = await self._ask("XRANGE", stream, low, high, "COUNT", first + 1)
            return Page(_ticks(entries[:first]), has_previous=False, has_next=len(entries) > first)
        entries = await self._ask("XREVRANGE", stream, high, low, "COUNT", last + 1)
        return Page(_ticks(entries[last - 1 :: -1] if last else ()), has_previous=len(entries) > last, has_next=False)

    async def _first_since(self, symbol: str, at_us: int) -> Cursor | None:
        found = await self._run(scripts.FIND, (self._keys.ticks(symbol),), at_us)
        return None if found is None else Cursor.parse(found.decode())

    async def _run(self, script: Script, keys: Sequence[str], *args: str | int) -> Any:
        call = (len(keys), *keys, *args)
        try:
            return await self._ask("EVALSHA", script.sha, *call)
        except FeedUnavailable as error:
            if not isinstance(error.__cause__, NoScriptError):
                raise
            return await self._ask("EVAL", script.source, *call)

    async def _ask(self, *command: str | int) -> Any:
        try:
            async with asyncio.timeout(DEADLINE_S), self._turns:
                return await self._redis.execute_command(*command)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError) as error:
            raise FeedUnavailable(f"redis does not answer: {str(error) or f'{DEADLINE_S:g} s have passed'}") from error


def _ticks(entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> tuple[Tick, ...]:
    return _decoded(fields.get(b"tick", b"") for _, fields in entries)


def _decoded(payloads: Iterable[bytes]) -> tuple[Tick, ...]:
    ticks = []
    for payload in payloads:
        try:
            ticks.append(decode_tick(payload))
        except InvalidMessage as error:
            logger.warning("skipped an entry of the stream that is no tick: %s", error)
    return tuple(ticks)
