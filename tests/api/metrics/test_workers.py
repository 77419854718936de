"""`/metrics` of several workers: the numbers are those of all, also when one is killed."""

import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.api.test_server import serving
from tests.support.graphql_client import TICKS, GraphqlSocket
from tests.support.market import Market
from tests.support.scraping import Scraped, scrape
from tests.support.waiting import until
from tickql.feed.settings import FeedSettings

_CLIENTS = 8
_MESSAGES = ("tickql_api_messages_sent_total", ("websocket",))


@pytest.mark.long
async def test_a_worker_that_is_killed_takes_no_count_with_it(feed_settings: FeedSettings, market: Market) -> None:
    market.tick()
    async with serving(feed_settings, workers=2) as (api, process):
        known = 0.0
        scraped: Scraped = {}

        async def has(name: str, labels: tuple[str, ...], value: float) -> bool:
            """Whether the sum is `value` by now. It must never have fallen since the last look at the messages."""
            nonlocal known, scraped
            scraped = await scrape(api.url)
            messages = scraped[_MESSAGES[0]][_MESSAGES[1]]
            assert messages >= known
            known = messages
            return scraped[name][labels] == value

        await until(lambda: has("tickql_api_workers", (), 2))
        async with AsyncExitStack() as clients:
            sockets: list[GraphqlSocket] = []
            for _ in range(_CLIENTS):
                sockets.append(await clients.enter_async_context(api.socket()))
                await sockets[-1].subscribe("1", TICKS, symbol="ES")
                await sockets[-1].tick()
            market.tick(count=20)
            for socket in sockets:
                while (await socket.tick())["seq"] < 21:
                    pass
            await until(lambda: has(*_MESSAGES, 21 * _CLIENTS))
            await until(lambda: has("tickql_api_subscriptions", ("websocket",), _CLIENTS))
            workers = _workers(process.pid)
            os.kill(min(workers), signal.SIGKILL)

            async def is_replaced() -> bool:
                await has(*_MESSAGES, known)
                return len(_workers(process.pid) - {min(workers)}) == 2

            await until(is_replaced)
            # The next worker takes the place of the one that is gone, and counts on.
            await until(lambda: has("tickql_api_workers", (), 2))
            assert known == 21 * _CLIENTS
        await until(lambda: has("tickql_api_subscriptions", ("websocket",), 0))


def _workers(parent: int) -> set[int]:
    """Return the process ids of the workers."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return {int(child) for child in children if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()}
