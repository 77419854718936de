"""A subscription that graphql-core executes leaves nothing behind for an event."""

import asyncio
import gc
import os
import warnings
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from strawberry.types import ExecutionResult

from tickql.api.access.grant import UNRESTRICTED
from tickql.api.context import Context
from tickql.api.permitted_feed import PermittedFeed
from tickql.api.schema import schema
from tickql.api.schema.encoded_value import EncodedValue
from tickql.api.schema.tick import Tick
from tickql.feed.errors import FeedError
from tickql.feed.follower import Follower
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Event
from tickql.feed.tick import Tick as FeedTick

_DOCUMENT = 'subscription { ticks(symbol: "ES") { seq ask gap { lost } ... on Tick { bid } } }'
_MAX_OBJECTS = 500
"""What a warm-up of a hundred events has not created yet. One object an event would be far more."""


def _tick(number: int) -> Tick:
    return Tick.from_event(Event(FeedTick(Cursor("ES", 1, number), "2", "1", None, 0, 0)))


async def _objects_left_by(monkeypatch: pytest.MonkeyPatch, events: int) -> tuple[int, int]:
    """Return how many objects and bytes were added between the hundredth event and the last one."""
    field = schema._schema.subscription_type.fields["ticks"]  # type: ignore[union-attr]

    async def ticks(*_: Any, **__: Any) -> AsyncIterator[Tick]:
        async def source() -> AsyncIterator[Tick]:
            for number in range(1, events + 1):
                yield _tick(number)

        return source()

    monkeypatch.setattr(field, "subscribe", ticks)
    count, before = 0, (0, 0)
    async with (
        Follower(FeedSettings(redis_url="redis://127.0.0.1:1/0")) as follower,
        aclosing(
            await schema.stream(_DOCUMENT, context_value=Context(PermittedFeed(follower, UNRESTRICTED)))
        ) as results,
    ):
        async for result in results:
            count += 1
            assert isinstance(result, ExecutionResult)
            assert result.data == {"ticks": {"seq": count, "ask": "2", "gap": None, "bid": "1"}}
            if count == 100:
                before = _memory()
            if count == events:
                after = _memory()
    assert count == events
    return after[0] - before[0], after[1] - before[1]


def _memory() -> tuple[int, int]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return len(gc.get_objects()), pages * os.sysconf("SC_PAGE_SIZE")


async def test_five_thousand_events_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    objects, _ = await _objects_left_by(monkeypatch, 5000)
    assert objects < _MAX_OBJECTS


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_memory_is_flat_over_a_million_events(monkeypatch: pytest.MonkeyPatch) -> None:
    objects, resident_bytes = await _objects_left_by(monkeypatch, 1_000_000)
    assert objects < _MAX_OBJECTS
    assert resident_bytes < 10 * 2**20


async def test_an_operation_that_is_cancelled_at_any_moment_leaves_no_warning() -> None:
    document = '{ a: history(symbol: "ES") { gap { lost } } b: history(symbol: "ES") { gap { lost } } }'
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        async with Follower(FeedSettings(redis_url="redis://127.0.0.1:1/0")) as follower:
            context = Context(PermittedFeed(follower, UNRESTRICTED))
            for turns in range(12):
                task = asyncio.create_task(schema.execute(document, context_value=context))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                gc.collect()
    assert [str(each.message) for each in warned if "never awaited" in str(each.message)] == []


async def test_an_operation_that_redis_does_not_answer_leaves_no_frames_for_the_garbage_collector() -> None:
    document = '{ a: history(symbol: "ES") { gap { lost } } b: history(symbol: "ES") { gap { lost } } }'
    async with Follower(FeedSettings(redis_url="redis://127.0.0.1:1/0")) as follower:
        context = Context(PermittedFeed(follower, UNRESTRICTED))
        for _ in range(3):
            gc.collect()
            gc.disable()
            try:
                result = await schema.execute(document, context_value=context)
                assert result.errors
                del result
                gc.set_debug(gc.DEBUG_SAVEALL)
                gc.collect()
                left = [each for each in gc.garbage if isinstance(each, FeedError | EncodedValue)]
            finally:
                gc.set_debug(0)
                gc.garbage.clear()
                gc.enable()
    assert left == []
