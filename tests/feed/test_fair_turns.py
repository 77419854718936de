"""Turns at Redis: a client that asks for much waits for itself, and not others for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.waiting import DEADLINE_S
from tickql.feed.errors import FeedBusy
from tickql.feed.fair_turns import FairTurns, current_client


class Callers:
    """Tasks that wait for a turn, and the order in which they get it."""

    def __init__(self, turns: FairTurns) -> None:
        self.turns = turns
        self.served: list[str] = []

    def start(self, client: str | None, name: str) -> "asyncio.Task[None]":
        current_client.set(client)
        return asyncio.create_task(self._call(name))

    async def _call(self, name: str) -> None:
        async with self.turns.turn():
            self.served.append(name)


@asynccontextmanager
async def _taken(turns: FairTurns) -> AsyncIterator[Callers]:
    """One turn, which is taken while the callers line up."""
    async with turns.turn():
        yield Callers(turns)


async def test_the_clients_that_wait_have_turns_in_rotation() -> None:
    async with _taken(FairTurns(1, 10)) as callers:
        tasks = [callers.start("greedy", f"greedy {number}") for number in range(4)]
        tasks += [callers.start("other", "other"), callers.start(None, "process")]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert callers.served == ["greedy 0", "other", "process", "greedy 1", "greedy 2", "greedy 3"]


async def test_a_client_of_which_too_many_calls_wait_is_busy_and_no_other_client_is() -> None:
    async with _taken(FairTurns(1, 3)) as callers:
        tasks = [callers.start("greedy", "greedy") for _ in range(3)]
        refused = callers.start("greedy", "refused")
        tasks += [callers.start("other", "other"), *(callers.start(None, "process") for _ in range(9))]
        with pytest.raises(FeedBusy):
            await refused
    await asyncio.gather(*tasks)
    assert len(callers.served) == 13


async def test_a_cancelled_call_gives_its_turn_to_the_next_one() -> None:
    turns = FairTurns(1, 10)
    async with _taken(turns) as callers:
        waiting, leaving, next_one = (callers.start("a", name) for name in ("waiting", "leaving", "next"))
        await asyncio.sleep(0)
        waiting.cancel()
    # The turn has just been given to the second one.
    leaving.cancel()
    await asyncio.gather(waiting, leaving, next_one, return_exceptions=True)
    assert "next" in callers.served
    async with asyncio.timeout(DEADLINE_S), turns.turn():
        pass


async def test_all_that_wait_can_be_failed_at_once() -> None:
    async with _taken(FairTurns(1, 10)) as callers:
        tasks = [callers.start("a", "a") for _ in range(3)]
        await asyncio.sleep(0)
        callers.turns.fail_waiting(lambda: OSError("away"))
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(each) for each in results] == ["away"] * 3
    await callers.start("a", "a")
