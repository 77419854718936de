"""Long computations in slices: what they return, and that they hold up neither the event loop nor other clients."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from itertools import pairwise

import pytest
from greenlet import GreenletExit

from tests.support.waiting import DEADLINE_S
from tickql.feed.fair_turns import current_client
from tickql.feed.time_slices import TimeSlices, pause

_variable: ContextVar[str] = ContextVar("variable")


@pytest.fixture
def slices() -> TimeSlices:
    """Slices that end at every pause."""
    return TimeSlices(slice_s=0)


@asynccontextmanager
async def _counted_turns() -> AsyncIterator[Callable[[], int]]:
    """Count the turns of the event loop."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    yield lambda: turns
    counting.cancel()


async def test_a_computation_returns_its_result_or_raises_its_exception(slices: TimeSlices) -> None:
    def fail() -> None:
        pause()
        raise KeyError("it")

    assert await slices.run(lambda: 5) == 5
    with pytest.raises(KeyError, match="it"):
        await slices.run(fail)


async def test_a_computation_has_the_context_variables_of_its_caller_and_leaves_them_alone(slices: TimeSlices) -> None:
    def replace() -> str:
        before = _variable.get()
        pause()
        _variable.set("inside")
        pause()
        return before + _variable.get()

    _variable.set("outside ")
    assert await slices.run(replace) == "outside inside"
    assert _variable.get() == "outside "


async def test_each_slice_has_a_turn_of_its_own_and_others_follow_it(slices: TimeSlices) -> None:
    async with _counted_turns() as turns:
        seen = list[int]()

        def compute() -> None:
            for _ in range(5):
                seen.append(turns())
                pause()

        await slices.run(compute)
    steps = [later - earlier for earlier, later in pairwise(seen)]
    assert min(steps) >= 4, "a tick passes all its turns between two slices"


async def test_no_pause_ends_a_slice_that_has_time_left() -> None:
    async with _counted_turns() as turns:
        await asyncio.sleep(0)

        def compute() -> int:
            begun = turns()
            for _ in range(1000):
                pause()
            return turns() - begun

        assert await TimeSlices(slice_s=DEADLINE_S).run(compute) == 0


async def test_the_clients_have_slices_in_rotation_and_the_computations_of_one_come_one_after_the_other(
    slices: TimeSlices,
) -> None:
    order = list[str]()

    def compute(name: str) -> None:
        for _ in range(3):
            order.append(name)
            pause()

    def start(client: str, name: str) -> "asyncio.Task[None]":
        current_client.set(client)
        return asyncio.create_task(slices.run(lambda: compute(name)))

    await asyncio.gather(start("greedy", "a"), start("greedy", "b"), start("greedy", "c"), start("other", "x"))
    assert "".join(order) == "aaxaxxbbbccc"


async def test_a_cancelled_computation_ends_at_its_pause_and_the_next_one_runs(slices: TimeSlices) -> None:
    ended = list[type[BaseException]]()

    def endless() -> None:
        try:
            while True:
                pause()
        except BaseException as error:
            ended.append(type(error))
            raise

    running = asyncio.create_task(slices.run(endless))
    waiting = asyncio.create_task(slices.run(endless))
    await asyncio.sleep(0)
    running.cancel()
    waiting.cancel()
    async with asyncio.timeout(DEADLINE_S):
        assert await slices.run(lambda: "next") == "next"
    assert ended == [GreenletExit], "the one that waited has not begun"


async def test_a_task_that_a_computation_starts_does_not_belong_to_it(slices: TimeSlices) -> None:
    async def later() -> str:
        await asyncio.sleep(0)
        pause()
        return "done"

    started = await slices.run(lambda: asyncio.get_running_loop().create_task(later()))
    assert await asyncio.wait_for(started, DEADLINE_S) == "done"


def test_a_pause_outside_of_a_computation_does_nothing() -> None:
    pause()


# Of degree: what else the machine does takes a part of each slice.
@pytest.mark.long
async def test_on_a_busy_event_loop_a_computation_still_gets_a_share_of_the_time() -> None:
    def spin(seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            pass

    def compute() -> None:
        for _ in range(300):
            spin(0.0001)
            pause()

    async def keep_busy() -> None:
        while True:
            spin(0.005)
            await asyncio.sleep(0)

    busy = asyncio.create_task(keep_busy())
    async with _counted_turns() as turns:
        await TimeSlices().run(compute)
        # In slices of a millisecond these would be at least 30 times 4 turns.
        assert turns() < 110
    busy.cancel()
