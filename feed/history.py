"""Reads what Redis keeps: the newest tick of a symbol, and its stream by cursor, by count and by time."""

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
from tickql.feed.connection import connection_pool
from tickql.feed.errors import FeedUnavailable, InvalidMessage
from tickql.feed.keys import Keys
from tickql.feed.scripts import Script
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Tick, check_symbol
from tickql.feed.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.feed")

_MAX_CONNECTIONS = 8
"""Calls that run at the same time, each on a connection. Further calls queue, within the same timeout."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some ticks of a symbol, oldest first, and whether the requested range has older and newer ones."""

    ticks: tuple[Tick, ...]
    has_previous: bool
    has_next: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The state of a symbol at one moment: its newest cursor, and the requested ticks, oldest first."""

    top: Cursor
    ticks: tuple[Tick, ...]


class History:
    """Reads the feed. An async context manager, for any number of concurrent callers.

    Every method raises `FeedUnavailable` if Redis does not answer within `Timings.redis_call_s`.
    """

    def __init__(self, settings: FeedSettings, timings: Timings = DEFAULT_TIMINGS) -> None:
        self._keys: Keys = settings.keys
        self._timeout_s = timings.redis_call_s
        self._redis = Redis(connection_pool=connection_pool(settings.redis_url, self._timeout_s))
        # Taken inside the timeout of a call, so that a call behind a queue of others fails after the same time.
        self._slots = asyncio.Semaphore(_MAX_CONNECTIONS)

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
        """Return the newest tick of `symbol`; `None`: it has none.

        Raises:
            InvalidSymbol: `symbol` is not a symbol.
        """
        payload = await self._execute("HGET", self._keys.head(check_symbol(symbol)), "newest")
        return None if payload is None else decode_tick(payload)

    async def symbols(self) -> list[str]:
        """Return every symbol that ever had a tick, sorted."""
        members = await self._execute("SMEMBERS", self._keys.symbols)
        return sorted(member.decode() for member in members)

    async def producer_reports(self) -> dict[str, bytes]:
        """Return the newest report of each producer, encoded, by source (see `tickql.feed.status`)."""
        fields = await self._execute("HGETALL", self._keys.status)
        return {source.decode(): report for source, report in fields.items()}

    async def read_stream(self, symbol: str, after: Cursor | None, count: int) -> Head | None:
        """Return the next `count` ticks after a cursor, or the newest `count` ticks if `after` is `None`.

        `None`: no producer has opened this symbol yet.
        """
        keys = (self._keys.head(symbol), self._keys.ticks(symbol))
        reply = await self._run(scripts.READ, keys, "" if after is None else after.stream_id, count)
        if not reply:
            return None
        epoch, top, payloads = reply
        return Head(Cursor(symbol, int(epoch), int(top)), _decode_all(payloads))

    async def has_epoch(self, symbol: str, epoch: int) -> bool:
        """Return whether Redis still has a tick of this epoch."""
        entries = await self._execute("XRANGE", self._keys.ticks(symbol), f"{epoch}", f"{epoch}", "COUNT", 1)
        return bool(entries)

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
        """Return ticks strictly between two cursors and observed from `from_us` on and before `to_us`.

        The times are Unix microseconds. `first` selects the oldest ticks of that range, `last` the newest ones.

        Raises:
            InvalidSymbol: `symbol` is not a symbol.
            InvalidCursor: a cursor belongs to another symbol.
            ValueError: both or none of `first` and `last` are given.
        """
        check_symbol(symbol)
        for cursor in filter(None, (after, before)):
            cursor.check_symbol(symbol)
        if (first is None) == (last is None):
            raise ValueError("give exactly one of first and last")
        # The limits of the range as cursors. A time becomes the cursor of its first tick.
        lows = [] if after is None else [after._replace(seq=after.seq + 1)]
        highs = [] if before is None else [before]
        if from_us is not None:
            since = await self._first_since(symbol, from_us)
            if since is None:
                return Page((), has_previous=False, has_next=False)
            lows.append(since)
        if to_us is not None and (until := await self._first_since(symbol, to_us)) is not None:
            highs.append(until)
        low = max(lows).stream_id if lows else "-"
        high = f"({min(highs).stream_id}" if highs else "+"
        stream = self._keys.ticks(symbol)
        # One tick more than requested shows whether there are further ones.
        if last is None:
            assert first is not None
            entries = await self._execute("XRANGE", stream, low, high, "COUNT", first + 1)
            return Page(_ticks(entries[:first]), has_previous=False, has_next=len(entries) > first)
        entries = await self._execute("XREVRANGE", stream, high, low, "COUNT", last + 1)
        return Page(_ticks(entries[last - 1 :: -1] if last else ()), has_previous=len(entries) > last, has_next=False)

    async def _first_since(self, symbol: str, at_us: int) -> Cursor | None:
        found = await self._run(scripts.FIND, (self._keys.ticks(symbol),), at_us)
        if found is None:
            return None
        epoch, _, seq = found.partition(b"-")
        return Cursor(symbol, int(epoch), int(seq))

    async def _run(self, script: Script, keys: Sequence[str], *args: str | int) -> Any:
        call = (len(keys), *keys, *args)
        try:
            return await self._execute("EVALSHA", script.sha, *call)
        except FeedUnavailable as error:
            # A new or emptied server does not have the script: EVAL sends its source, and the server keeps it.
            if not isinstance(error.__cause__, NoScriptError):
                raise
            return await self._execute("EVAL", script.source, *call)

    async def _execute(self, *command: str | int) -> Any:
        try:
            async with asyncio.timeout(self._timeout_s), self._slots:
                return await self._redis.execute_command(*command)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError) as error:
            reason = str(error) or f"no answer within {self._timeout_s:g} s"
            raise FeedUnavailable(f"redis does not answer: {reason}") from error


def _ticks(entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> tuple[Tick, ...]:
    return _decode_all(fields.get(b"tick", b"") for _, fields in entries)


def _decode_all(payloads: Iterable[bytes]) -> tuple[Tick, ...]:
    ticks = []
    for payload in payloads:
        try:
            ticks.append(decode_tick(payload))
        except InvalidMessage as error:
            logger.warning("skipped an entry of the stream that is not a tick: %s", error)
    return tuple(ticks)
