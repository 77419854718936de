"""Reads the feed for tests: its events with a deadline, and Redis itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import redis.asyncio

from tests.support.background import in_background
from tests.support.market import number_of
from tests.support.waiting import DEADLINE_S, PATIENT
from tickql.feed.follower import Follower
from tickql.feed.health import FeedStatus
from tickql.feed.history import History
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Event, Tick
from tickql.feed.tick_reader import TickReader


@asynccontextmanager
async def client(settings: FeedSettings) -> AsyncIterator["redis.asyncio.Redis"]:
    """Yield a plain client of the same Redis, to inspect or change its data."""
    async with redis.asyncio.Redis.from_url(settings.redis_url, protocol=2) as connection:
        yield connection


async def reach(settings: FeedSettings, number: int, symbol: str = "ES") -> Tick:
    """Wait until a reader gets quote `number`, and return its tick."""
    async with Follower(settings) as follower, follower.tail(symbol) as reader:
        return (await events_until(reader, number))[-1].tick


async def stored_messages(settings: FeedSettings, symbol: str = "ES") -> list[bytes]:
    """Return the messages of the symbol's stream, byte for byte."""
    async with client(settings) as connection:
        entries: Any = await connection.xrange(settings.keys.ticks(symbol))
    return [fields[b"tick"] for _, fields in entries]


async def next_events(reader: TickReader, count: int) -> list[Event]:
    """Return the next `count` events."""
    async with asyncio.timeout(DEADLINE_S):
        return [await reader.next() for _ in range(count)]


async def next_numbers(reader: TickReader, count: int) -> list[int]:
    """Return the numbers of the next `count` ticks. None of them may have a gap."""
    events = await next_events(reader, count)
    assert [event.gap for event in events] == [None] * count
    return [number_of(event.tick) for event in events]


async def events_until(
    reader: TickReader, number: int, read: Callable[[TickReader], Any] = TickReader.next
) -> list[Event]:
    """Return all events up to the one with quote `number`."""
    events: list[Event] = []
    async with asyncio.timeout(DEADLINE_S):
        while not events or number_of(events[-1].tick) < number:
            events.append(await read(reader))
    return events


async def new_epoch(settings: FeedSettings, symbol: str = "ES") -> None:
    """Make Redis look as after a crash: the next producer begins a new epoch."""
    async with client(settings) as connection:
        await connection.hset(settings.keys.head(symbol), "run", "an earlier one")


@asynccontextmanager
async def asked(reader: TickReader) -> AsyncIterator["asyncio.Task[Event]"]:
    """Yield a task in which a reader waits for its next tick."""
    async with in_background(reader.next()) as task:
        yield task


async def status_until(follower: Follower, is_wanted: Callable[[FeedStatus], bool]) -> FeedStatus:
    """Wait for a status of the feed, and return it."""
    status = follower.status()
    async with asyncio.timeout(DEADLINE_S):
        while not is_wanted(status):
            status = await follower.wait_for_status_change(status)
    return status


async def stored(settings: FeedSettings, symbol: str = "ES") -> tuple[Tick, ...]:
    """Return all ticks of a symbol that Redis keeps."""
    async with History(settings, PATIENT) as history:
        return (await history.page(symbol, last=100_000)).ticks


def numbers(ticks: Iterable[Tick]) -> list[int]:
    """Return the numbers of the quotes in ticks."""
    return [number_of(tick) for tick in ticks]
