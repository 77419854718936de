"""One session of a relay: from an open sink and its place on, until the sink or Redis fails for good."""

import asyncio
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import NoReturn

from tickql.feed.batch_reader import BatchReader
from tickql.feed.connection import retry_until_available
from tickql.feed.follower import Follower
from tickql.feed.lease import Lease
from tickql.feed.race import race
from tickql.feed.tick import Cursor, Event
from tickql.relay.messages import StatusMessages, batch_of
from tickql.relay.sink import Batch, Message, MessageKind, Sink
from tickql.relay.tally import Tally

BATCH_EVENTS = 5_000
"""The most ticks of a batch: a broker that takes 100 ms for one still takes 50,000 a second."""
QUEUE_EVENTS = 20_000
"""The most ticks that wait in memory, some 15 MB."""
_PERIOD_S = 0.01
"""The least time between two batches: a busy feed gathers some ticks meanwhile. After a pause a tick does not wait."""
_SYMBOLS_S = 1.0
"""How often is looked for new symbols. Their ticks are read from the first one on, so none is lost until then."""
_STATUS_S = 0.5
"""The least time between two messages of the status, as in the API."""


class Start(StrEnum):
    """Where a relay begins that has no place yet."""

    OLDEST = "oldest"
    """With the oldest tick of each symbol that Redis keeps."""
    NEWEST = "newest"
    """With the newest tick of each symbol."""


class Session:
    """Relays from `places` on. For one call of `run`."""

    def __init__(
        self,
        follower: Follower,
        sink: Sink,
        places: Mapping[str, Cursor],
        lease: Lease,
        tally: Tally,
        start: Start,
    ) -> None:
        self._follower = follower
        self._sink = sink
        self._places = places
        self._lease = lease
        self._tally = tally
        self._start = start
        self._statuses: list[Message] = []
        """Statuses that wait for the next batch."""

    async def run(self) -> NoReturn:
        """Relay until cancelled. Raises: see `tickql.relay.sink.Sink.send`."""
        async with BatchReader(self._follower, QUEUE_EVENTS) as reader:
            await race(self._add_symbols(reader), self._watch_status(reader), self._send(reader))
        raise AssertionError("none of these tasks ends by itself")

    async def _add_symbols(self, reader: BatchReader) -> NoReturn:
        # A relay without any place is new. Symbols that come later are relayed from their first tick on.
        begins_at_newest = not self._places and self._start is Start.NEWEST
        while True:
            symbols = await retry_until_available(self._follower.symbols)
            for symbol in (each for each in symbols if each not in reader):
                if begins_at_newest:
                    reader.add_newest(symbol)
                else:
                    reader.add(symbol, self._places.get(symbol), len(symbols))
            begins_at_newest = False
            self._tally.symbols = len(symbols)
            await asyncio.sleep(_SYMBOLS_S)

    async def _watch_status(self, reader: BatchReader) -> NoReturn:
        messages = StatusMessages()
        status = self._follower.status()
        while True:
            if changes := messages.changes(status):
                self._statuses += changes
                reader.wake()
            await asyncio.sleep(_STATUS_S)
            status = await self._follower.wait_for_status_change(status)

    async def _send(self, reader: BatchReader) -> NoReturn:
        while True:
            begun_s = time.monotonic()
            events = await reader.take(BATCH_EVENTS)
            statuses, self._statuses = self._statuses[:BATCH_EVENTS], self._statuses[BATCH_EVENTS:]
            if self._statuses:
                reader.wake()
            if events or statuses:
                # Another relay may work while the lease is not valid, and not every broker can fence this one off.
                await self._lease.wait_until_valid()
                sent_s = time.monotonic()
                batch = batch_of(statuses, events)
                await self._sink.send(batch)
                self._count(batch, events, time.monotonic() - sent_s, len(reader))
            if len(events) < BATCH_EVENTS:
                await asyncio.sleep(max(0.0, begun_s + _PERIOD_S - time.monotonic()))

    def _count(self, batch: Batch, events: list[Event], took_s: float, queued: int) -> None:
        tally = self._tally
        statuses = sum(message.kind is MessageKind.STATUS for message in batch.messages)
        tally.ticks += len(events)
        tally.statuses += statuses
        tally.gaps += len(batch.messages) - len(events) - statuses
        tally.batches += 1
        tally.queued = queued
        tally.send_s.add(took_s)
        if events:
            oldest_us = min(events, key=lambda event: event.tick.observed_us).tick.observed_us
            tally.delay_s.add(max(0.0, time.time() - oldest_us / 1e6))
