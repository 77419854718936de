"""Reads what Redis keeps: the newest tick of a symbol, and its stream by cursor, by count and by time."""

import logging
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from tickql.feed import scripts
from tickql.feed.cluster.topology import Topology
from tickql.feed.codec import decode_tick
from tickql.feed.connection import check_replies
from tickql.feed.cursor_gap import gap_after, is_beyond_stream, place_commands
from tickql.feed.errors import InvalidMessage
from tickql.feed.fault_log import FeedEvent, decode_events
from tickql.feed.head import Head, HeadState, head_state_commands
from tickql.feed.keys import Keys
from tickql.feed.page import Page
from tickql.feed.pool import make_pool
from tickql.feed.script_calls import ScriptCall, call_script
from tickql.feed.settings import FeedSettings
from tickql.feed.stream_reader import StreamReader, StreamRequest
from tickql.feed.tick import Cursor, Gap, Tick, check_symbol
from tickql.feed.time_slices import TimeSlices
from tickql.feed.timings import DEFAULT_TIMINGS, Timings
from tickql.feed.view_requests import ViewRequests

logger = logging.getLogger("tickql.feed")

_MAX_CONNECTIONS = 8
"""Calls that run at the same time, each on a connection. Further calls wait for their turn."""


class History:
    """Reads the feed. An async context manager, for any number of concurrent callers.

    Every method raises `FeedUnavailable` if Redis does not answer within `Timings.redis_call_s`, and `FeedBusy` if too
    many calls of the same client wait (see `fair_turns`).
    """

    def __init__(
        self,
        settings: FeedSettings,
        timings: Timings = DEFAULT_TIMINGS,
        slices: TimeSlices | None = None,
        topology: Topology | None = None,
        *,
        keeps_messages: bool = False,
    ) -> None:
        """`slices`: in which the long computations of this process run; `None`: there are no others.

        `topology`: that of a cluster, if the caller has one. `keeps_messages`: ticks of a stream keep their messages
        (`Tick.message`).
        """
        self._keys: Keys = settings.keys
        self._pool = make_pool(settings.redis_url, timings.redis_call_s, _MAX_CONNECTIONS, topology)
        self._streams = StreamReader(self._keys, self._pool, slices or TimeSlices(), keeps_messages=keeps_messages)
        self.views = ViewRequests(settings, self._pool, timings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self.views.close()
        await self._pool.close()

    async def latest(self, symbol: str) -> Tick | None:
        """Return the newest tick of `symbol`; `None`: it has none.

        Raises:
            InvalidSymbol: `symbol` is not a symbol.
        """
        payload = await self._execute("HGET", self._keys.head(check_symbol(symbol)), "newest")
        return None if payload is None else decode_tick(payload)

    async def latest_of(self, symbols: Sequence[str]) -> list[Tick | None]:
        """Return the newest tick of each symbol, like `latest`, in one round trip."""
        commands = (("HGET", self._keys.head(check_symbol(symbol)), "newest") for symbol in symbols)
        payloads = check_replies(await self._pool.call(*commands))
        return [None if payload is None else decode_tick(payload) for payload in payloads]

    async def symbols(self) -> list[str]:
        """Return every symbol that ever had a tick, sorted."""
        members = await self._execute("SMEMBERS", self._keys.symbols)
        return sorted(member.decode() for member in members)

    async def producer_reports(self) -> dict[str, bytes]:
        """Return the newest report of each producer, encoded, by source (see `tickql.feed.status`)."""
        fields = await self._execute("HGETALL", self._keys.status)
        return {source.decode(): report for source, report in zip(fields[::2], fields[1::2], strict=True)}

    async def faults(self) -> dict[str, list[FeedEvent]]:
        """Return what befell the page of each producer in the hour before its newest fault, by source."""
        fields = await self._execute("HGETALL", self._keys.faults)
        return {
            source.decode(): _events_or_none(events) for source, events in zip(fields[::2], fields[1::2], strict=True)
        }

    async def opened(self, symbols: Sequence[str]) -> list[bool]:
        """Return for each of these valid symbols whether a producer has ever opened it. One round trip for all."""
        replies = await self._pool.call(*(("EXISTS", self._keys.head(symbol)) for symbol in symbols))
        return [bool(reply) for reply in check_replies(replies)]

    async def read_stream(
        self, symbol: str, after: Cursor | None, count: int, *, or_newest: bool = False
    ) -> Head | None:
        """Return the next `count` ticks after a cursor, or the newest `count` ticks if `after` is `None`.

        `None`: no producer has opened this symbol yet. `or_newest`: if the stream has none of them, because it was
        evicted, the newest tick, which the head has, too.
        """
        (head,) = await self.read_streams([StreamRequest(symbol, after, count, or_newest)])
        return head

    async def read_streams(self, requests: Sequence[StreamRequest]) -> list[Head | None]:
        """Return for each request what `read_stream` returns, in one round trip."""
        return await self._streams.read(requests)

    async def head_state(self, symbol: str) -> HeadState | None:
        """Return the state of a symbol's numbering; `None`: no producer has opened this symbol yet."""
        head, info = await self._pool.call(*head_state_commands(self._keys, symbol))
        check_replies([head])
        return HeadState.from_replies(head, info)

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

        The times are Unix microseconds. `first` selects the oldest ticks of that range, `last` the newest ones. After a
        cursor of a numbering that has ended, the ticks of the next one come.

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
        gap, is_beyond = await self._gap(after, before)
        # The limits of the range as cursors. A time becomes the cursor of its first tick.
        lows = [] if after is None or is_beyond else [after._replace(seq=after.seq + 1)]
        highs = [] if before is None else [before]
        previous = after
        if from_us is not None:
            since = await self._first_since(symbol, from_us)
            if since is None:
                return Page((), has_previous=False, has_next=False, gap=gap)
            if not lows or since > lows[0]:
                previous = None
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
            ticks = await self._ticks(entries[:first])
            return Page(ticks, has_previous=False, has_next=len(entries) > first, gap=gap, previous=previous)
        entries = await self._execute("XREVRANGE", stream, high, low, "COUNT", last + 1)
        ticks = await self._ticks(entries[last - 1 :: -1] if last else ())
        has_previous = len(entries) > last
        if has_previous:
            previous = _cursor(symbol, entries[last][0])
        return Page(ticks, has_previous=has_previous, has_next=False, gap=gap, previous=previous)

    async def _gap(self, after: Cursor | None, before: Cursor | None) -> tuple[Gap | None, bool]:
        """Return what is missing at the cursors of a page, and whether the stream begins anew behind `after`."""
        for cursor in filter(None, (after, before)):
            replies = check_replies(await self._pool.call(*place_commands(self._keys, cursor)))
            gap = gap_after(cursor, replies)
            if gap is not None and cursor is after:
                return gap, is_beyond_stream(gap, replies)
            if gap is not None:
                return Gap(None, gap.reason, None), False
        return None, False

    async def _first_since(self, symbol: str, at_us: int) -> Cursor | None:
        (found,) = await call_script(self._pool, scripts.FIND, [ScriptCall((self._keys.ticks(symbol),), (at_us,))])
        return None if found is None else _cursor(symbol, found)

    async def _execute(self, *command: str | int) -> Any:
        (reply,) = check_replies(await self._pool.call(command))
        return reply

    async def _ticks(self, entries: Sequence[tuple[bytes, Sequence[bytes]]]) -> tuple[Tick, ...]:
        return await self._streams.decode([fields[1] for _, fields in entries])


def _cursor(symbol: str, stream_id: bytes) -> Cursor:
    epoch, _, seq = stream_id.partition(b"-")
    return Cursor(symbol, int(epoch), int(seq))


def _events_or_none(data: bytes) -> list[FeedEvent]:
    """Return a list of events; one that another program has damaged is empty."""
    try:
        return decode_events(data)
    except InvalidMessage as error:
        logger.debug("skipped a list of faults: %s", error)
        return []
