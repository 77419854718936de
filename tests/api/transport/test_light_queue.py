"""The queue and the event that uvicorn's connections use."""

import asyncio

import pytest

from tests.support.waiting import DEADLINE_S
from tickql.api.transport.light_queue import LightEvent, LightQueue


async def test_messages_keep_their_order() -> None:
    queue = LightQueue[int]()
    for number in range(5):
        queue.put_nowait(number)
    assert [await queue.get() for _ in range(5)] == [0, 1, 2, 3, 4]
    assert queue.empty()


async def test_each_message_goes_to_one_of_the_tasks_that_wait() -> None:
    queue = LightQueue[int]()
    waiting = [asyncio.create_task(queue.get()) for _ in range(3)]
    await asyncio.sleep(0)
    queue.put_nowait(1)
    queue.put_nowait(2)
    async with asyncio.timeout(DEADLINE_S):
        done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 2:
            more, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            done |= more
    assert sorted(task.result() for task in done) == [1, 2]
    queue.put_nowait(3)
    (last,) = left
    assert await last == 3


async def test_a_task_that_is_cancelled_while_it_waits_loses_no_message() -> None:
    queue = LightQueue[int]()
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    waiting.cancel()
    queue.put_nowait(1)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await queue.get() == 1


async def test_an_event_that_is_set_and_cleared_at_once_wakes_the_tasks_that_waited() -> None:
    event = LightEvent()
    waiting = [asyncio.create_task(event.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    event.set()
    event.clear()
    async with asyncio.timeout(DEADLINE_S):
        await asyncio.gather(*waiting)
    assert not event.is_set()
