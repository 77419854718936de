"""A producer under load, and readers of every kind. A journal of all their events is judged by the delivery checker."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
import redis.asyncio

from tests.support.delivery_checker import violations
from tests.support.journal import Journal, number_of
from tests.support.market import quote
from tests.support.waiting import DEADLINE_S, PATIENT
from tickql.feed.codec import decode_tick
from tickql.feed.follower import Follower
from tickql.feed.history import History
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Event

_PUBLISH_S = 0.002
Events = AsyncIterator[Event]


class LoadTest:
    """Publishes quotes of one symbol and reads them with readers of every kind, until `finish`.

    An async context manager. `reading`: the settings of the readers, if they differ (a proxy).
    """

    def __init__(
        self, settings: FeedSettings, folder: Path, reading: FeedSettings | None = None, seed: int = 0
    ) -> None:
        self.publisher = Publisher(settings, "first")
        self.follower = Follower(reading or settings)
        self.generated = 0
        self._settings = settings
        self._reading = reading or settings
        self._history = folder / "history.jsonl"
        self._journal = Journal(self._history)
        self._random = random.Random(seed)
        self._stack = AsyncExitStack()
        self._producer: asyncio.Task[None] | None = None
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._newest: dict[str, int] = {}
        self._progress = asyncio.Condition()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.publisher)
        large_ring = await self._stack.enter_async_context(self.follower)
        small_ring = await self._stack.enter_async_context(Follower(self._reading, ring_ticks=64))
        self.add_reader("every", _every(large_ring))
        self.add_reader("newest", _newest(large_ring), merging=True)
        self.add_reader("resuming", _resuming(large_ring, 40))
        self.add_reader("small ring", _every(small_ring))
        self.add_reader("slow", _slow(small_ring))
        self.add_reader("resuming, small ring", _resuming(small_ring, 150))
        self._producer = asyncio.create_task(self._produce())
        await self.pass_ticks(200)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = [*self._readers.values(), *([self._producer] if self._producer else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._stack.aclose()
        self._journal.close()

    def add_reader(self, name: str, events: Events, *, merging: bool = False) -> None:
        """Write the events of one more reader to the journal."""
        self._readers[name] = asyncio.create_task(self._record(name, events, merging))

    async def replace_publisher(self) -> Publisher:
        """Let another producer take over, once Redis has all ticks of the first one. Returns the replaced publisher."""
        await self._stop_producing()
        await self.wait_until_caught_up()
        replaced, self.publisher = self.publisher, Publisher(self._settings, "next")
        await self._stack.enter_async_context(self.publisher)
        self._producer = asyncio.create_task(self._produce())
        return replaced

    async def restart_publisher(self, between: Callable[[], Awaitable[None]], clock_us: Callable[[], int]) -> None:
        """Stop the producer, once every reader has its ticks, and start one on a host with another clock."""
        await self._stop_producing()
        await self.wait_until_caught_up()
        await self.publisher.__aexit__(None, None, None)
        await between()
        self.publisher = Publisher(self._settings, "elsewhere", clock_us=clock_us)
        await self._stack.enter_async_context(self.publisher)
        self._producer = asyncio.create_task(self._produce())

    async def pass_ticks(self, count: int) -> None:
        """Wait until the reader of every tick has read `count` more ticks."""
        wanted = self._newest.get("every", 0) + count
        async with asyncio.timeout(DEADLINE_S), self._progress:
            await self._progress.wait_for(lambda: self._newest.get("every", 0) >= wanted)

    async def wait_until_caught_up(self, *excluded: str) -> None:
        """Wait until every reader has the last generated tick, except those excluded."""
        async with asyncio.timeout(2 * DEADLINE_S), self._progress:
            await self._progress.wait_for(
                lambda: all(self._newest.get(name) == self.generated for name in self._readers if name not in excluded)
            )

    def faults(self) -> list[str]:
        """Return the faults that the checker finds in the journal now."""
        return violations(self._history)

    async def finish(self, *excluded: str) -> list[str]:
        """Stop producing, wait until every reader has the last tick, and return the faults that the checker finds."""
        await self._stop_producing()
        await self.wait_until_caught_up(*excluded)
        async with History(self._settings, PATIENT) as history:
            self._journal.stored((await history.page("ES", last=100_000)).ticks)
        return self.faults()

    async def _stop_producing(self) -> None:
        assert self._producer is not None
        self._producer.cancel()
        with suppress(asyncio.CancelledError):
            await self._producer

    async def _produce(self) -> None:
        while True:
            for _ in range(self._random.choice((0, 1, 1, 1, 2, 5))):
                self.generated += 1
                new = quote(self.generated)
                self._journal.generated(new)
                self.publisher.publish(new)
            await asyncio.sleep(_PUBLISH_S)

    async def _record(self, name: str, events: Events, merging: bool) -> None:
        async for event in events:
            self._journal.received(name, event, merging)
            async with self._progress:
                self._newest[name] = number_of(event.tick)
                self._progress.notify_all()


async def _every(follower: Follower) -> Events:
    async with follower.tail("ES") as reader:
        while True:
            yield await reader.next()


async def _newest(follower: Follower) -> Events:
    async with follower.tail("ES") as reader:
        while True:
            yield await reader.skip_to_newest()


async def _slow(follower: Follower) -> Events:
    """Read so slowly that the ring overtakes this reader again and again."""
    async with follower.tail("ES") as reader:
        while True:
            for _ in range(300):
                yield await reader.next()
            await asyncio.sleep(0.3)


async def _resuming(follower: Follower, ticks: int) -> Events:
    """Close after each `ticks` ticks, and resume with the cursor."""
    cursor: Cursor | None = None
    while True:
        async with follower.tail("ES", cursor) as reader:
            for _ in range(ticks):
                event = await reader.next()
                cursor = event.tick.cursor
                yield event


async def naive_reader(settings: FeedSettings) -> Events:
    """Read without the protocol of the feed: subscribe, and take each message as it arrives."""
    while True:
        with suppress(redis.RedisError, OSError):
            async with redis.asyncio.Redis.from_url(settings.redis_url) as client, client.pubsub() as pubsub:
                await pubsub.subscribe(settings.keys.everything)
                async for message in pubsub.listen():
                    if message["type"] == "message":
                        yield Event(decode_tick(message["data"]))
        await asyncio.sleep(0.05)
