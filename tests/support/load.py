"""A producer under load and readers of every kind, all of whose doings are written down for the checker."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
import redis.asyncio

from tests.support.delivery_checker import Journal, number_of, violations
from tests.support.feeding import quote
from tests.support.patience import PATIENCE_S
from tickql.feed.codec import decode_tick
from tickql.feed.follower import Follower
from tickql.feed.history import History
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Event

_BEAT_S = 0.002
Events = AsyncIterator[Event]


class Rig:
    """Publishes quotes of one symbol, several a beat, and has them read, until `finish`. An async context manager.

    `reading` is where the readers find the feed, if that is elsewhere (behind a proxy).
    """

    def __init__(
        self, settings: FeedSettings, folder: Path, reading: FeedSettings | None = None, seed: int = 0
    ) -> None:
        self.publisher = Publisher(settings, "first")
        self.follower = Follower(reading or settings)
        self.generated = 0
        self._settings = settings
        self._reading = reading or settings
        self._journal = Journal(folder / "history.jsonl")
        self._random = random.Random(seed)
        self._stack = AsyncExitStack()
        self._producing: asyncio.Task[None] | None = None
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._newest: dict[str, int] = {}
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.publisher)
        wide = await self._stack.enter_async_context(self.follower)
        narrow = await self._stack.enter_async_context(Follower(self._reading, ring_ticks=64))
        self.read("every", _every(wide))
        self.read("newest", _newest(wide), merging=True)
        self.read("coming back", _coming_back(wide, 40))
        self.read("small ring", _every(narrow))
        self.read("slow", _slow(narrow))
        self.read("coming back, small ring", _coming_back(narrow, 150))
        self._producing = asyncio.create_task(self._produce())
        await self.pass_ticks(200)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = [*self._readers.values(), *([self._producing] if self._producing else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._stack.aclose()
        self._journal.close()

    def read(self, name: str, events: Events, *, merging: bool = False) -> None:
        """Have a reader's events written down."""
        self._readers[name] = asyncio.create_task(self._note(name, events, merging))

    async def replace_publisher(self) -> Publisher:
        """Let another producer take over, when all that the first one has is in Redis; the first one is returned."""
        await self._stop_producing()
        await self.caught_up()
        zombie, self.publisher = self.publisher, Publisher(self._settings, "next")
        await self._stack.enter_async_context(self.publisher)
        self._producing = asyncio.create_task(self._produce())
        return zombie

    async def pass_ticks(self, count: int) -> None:
        """Wait until the reader of every tick has had so many more."""
        wanted = self._newest.get("every", 0) + count
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: self._newest.get("every", 0) >= wanted)

    async def caught_up(self, *but: str) -> None:
        """Wait until every reader has the last tick generated."""
        async with asyncio.timeout(2 * PATIENCE_S), self._news:
            await self._news.wait_for(
                lambda: all(self._newest.get(name) == self.generated for name in self._readers if name not in but)
            )

    def so_far(self) -> list[str]:
        """What the checker says of what has been written down."""
        return violations(self._journal.path)

    async def finish(self, *but: str) -> list[str]:
        """Stop producing, let every reader (but some) have the last tick, and have the checker judge."""
        await self._stop_producing()
        await self.caught_up(*but)
        async with History(self._settings) as history:
            self._journal.stored((await history.page("ES", last=100_000)).ticks)
        return self.so_far()

    async def _stop_producing(self) -> None:
        assert self._producing is not None
        self._producing.cancel()
        with suppress(asyncio.CancelledError):
            await self._producing

    async def _produce(self) -> None:
        while True:
            for _ in range(self._random.choice((0, 1, 1, 1, 2, 5))):
                self.generated += 1
                new = quote(self.generated)
                self._journal.generated(new)
                self.publisher.publish(new)
            await asyncio.sleep(_BEAT_S)

    async def _note(self, name: str, events: Events, merging: bool) -> None:
        async for event in events:
            self._journal.received(name, event, merging)
            async with self._news:
                self._newest[name] = number_of(event.tick)
                self._news.notify_all()


async def _every(follower: Follower) -> Events:
    async with follower.tail("ES") as tail:
        while True:
            yield await tail.next()


async def _newest(follower: Follower) -> Events:
    async with follower.tail("ES") as tail:
        while True:
            yield await tail.skip_to_newest()


async def _slow(follower: Follower) -> Events:
    """Falls out of the ring again and again."""
    async with follower.tail("ES") as tail:
        while True:
            for _ in range(300):
                yield await tail.next()
            await asyncio.sleep(0.3)


async def _coming_back(follower: Follower, ticks: int) -> Events:
    """Leaves after so many ticks, and comes back with its cursor."""
    cursor: Cursor | None = None
    while True:
        async with follower.tail("ES", cursor) as tail:
            for _ in range(ticks):
                event = await tail.next()
                cursor = event.tick.cursor
                yield event


async def naive(settings: FeedSettings) -> Events:
    """What one writes who has not read the design: subscribe, and take what comes."""
    while True:
        with suppress(redis.RedisError, OSError):
            async with redis.asyncio.Redis.from_url(settings.redis_url) as client, client.pubsub() as pubsub:
                await pubsub.subscribe(settings.keys.everything)
                async for message in pubsub.listen():
                    if message["type"] == "message":
                        yield Event(decode_tick(message["data"]))
        await asyncio.sleep(0.05)
