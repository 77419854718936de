"""Calls on kept connections that have broken: they run again on a fresh one, on either event loop."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import uvloop

from tests.support.market import fill, number_of
from tests.support.proxy import FaultProxy, through
from tests.support.waiting import DEADLINE_S
from tickql.feed.connection_pool import ConnectionPool
from tickql.feed.errors import FeedUnavailable
from tickql.feed.follower import Follower
from tickql.feed.settings import FeedSettings

LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
SIZE = 8


def run(loop: Callable[[], asyncio.AbstractEventLoop], work: Awaitable[None]) -> None:
    async def within_deadline() -> None:
        async with asyncio.timeout(DEADLINE_S):
            await work

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(within_deadline())


@LOOPS
@pytest.mark.parametrize("fault", ["reset", "cut"])
def test_connections_that_break_while_idle_cost_no_call(
    fault: str, loop: Callable[[], asyncio.AbstractEventLoop], feed_settings: FeedSettings
) -> None:
    async def work() -> None:
        async with FaultProxy(feed_settings.redis_url) as proxy:
            pool = ConnectionPool(proxy.url, DEADLINE_S, SIZE)
            for _ in range(3):
                assert await asyncio.gather(*(pool.call(("PING",)) for _ in range(SIZE))) == [[b"PONG"]] * SIZE
                getattr(proxy, fault)()
            await pool.close()

    run(loop, work())


@LOOPS
def test_a_call_that_breaks_again_is_unavailable(
    loop: Callable[[], asyncio.AbstractEventLoop], feed_settings: FeedSettings
) -> None:
    async def work() -> None:
        async with FaultProxy(feed_settings.redis_url) as proxy:
            pool = ConnectionPool(proxy.url, DEADLINE_S, SIZE)
            await pool.call(("PING",))
        with pytest.raises(FeedUnavailable):
            await pool.call(("PING",))

    run(loop, work())


@LOOPS
def test_a_reader_that_catches_up_over_a_reset_gets_every_tick(
    loop: Callable[[], asyncio.AbstractEventLoop], feed_settings: FeedSettings
) -> None:
    async def work() -> None:
        newest = await fill(feed_settings, *range(1, 101))
        async with (
            FaultProxy(feed_settings.redis_url) as proxy,
            Follower(through(proxy, feed_settings), 16) as follower,
        ):
            readers = [follower.tail("ES", newest._replace(seq=5)) for _ in range(SIZE)]
            assert [number_of((await each.next()).tick) for each in readers] == [6] * SIZE
            proxy.reset()
            late = [follower.tail("ES", newest._replace(seq=7)) for _ in range(SIZE)]
            assert [number_of((await each.next()).tick) for each in late] == [8] * SIZE
            for each in (*readers, *late):
                each.close()

    run(loop, work())


async def test_a_cancelled_call_leaves_no_reply_for_the_next_one(feed_settings: FeedSettings) -> None:
    pool = ConnectionPool(feed_settings.redis_url, DEADLINE_S, 1)
    for number in range(50):
        waiting = asyncio.create_task(pool.call(("ECHO", f"cancelled {number}")))
        for _ in range(number % 7):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert await pool.call(("ECHO", f"{number}")) == [f"{number}".encode()]
    await pool.close()


@pytest.mark.long
async def test_a_kept_connection_that_does_not_answer_ends_the_other_kept_ones(feed_settings: FeedSettings) -> None:
    """One call fails after a network has lost all connections, and not one for each of them."""
    async with FaultProxy(feed_settings.redis_url) as proxy, asyncio.timeout(DEADLINE_S):
        # The timeout is of the call that must fail; the one after it has connections of its own.
        pool = ConnectionPool(proxy.url, 2.0, SIZE)
        await asyncio.gather(*(pool.call(("PING",)) for _ in range(SIZE)))
        proxy.half_open()
        with pytest.raises(FeedUnavailable, match="no answer"):
            await pool.call(("PING",))
        assert not pool._idle
        await pool.close()
