"""What uvicorn waits on, made small."""

import asyncio

import pytest

from tickql.api.transport.light_queue import LightEvent, LightQueue


async def test_messages_come_out_in_the_order_in_which_they_went_in() -> None:
    inbox = LightQueue[int]()
    for number in range(5):
        inbox.put_nowait(number)
    assert [await inbox.get() for _ in range(5)] == [0, 1, 2, 3, 4]
    assert inbox.empty()


async def test_whoever_waits_gets_what_comes_and_no_two_get_the_same() -> None:
    inbox = LightQueue[int]()
    waiting = [asyncio.create_task(inbox.get()) for _ in range(3)]
    await asyncio.sleep(0)
    inbox.put_nowait(1)
    inbox.put_nowait(2)
    async with asyncio.timeout(5):
        done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 2:
            more, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            done |= more
    assert sorted(task.result() for task in done) == [1, 2]
    inbox.put_nowait(3)
    (last,) = left
    assert await last == 3


async def test_a_reader_that_is_cancelled_takes_nothing_with_it() -> None:
    inbox = LightQueue[int]()
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    waiting.cancel()
    inbox.put_nowait(1)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await inbox.get() == 1


async def test_a_gate_lets_through_whoever_waited_when_it_opened() -> None:
    gate = LightEvent()
    waiting = [asyncio.create_task(gate.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    gate.set()
    gate.clear()
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)
    assert not gate.is_set()
