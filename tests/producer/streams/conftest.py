"""Real pages that receive prices without showing them, in a real browser."""

import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio
from playwright.async_api import Browser

from tests.support.exchange import Exchange
from tests.support.watching import FAST, Watched, Watching, watching
from tickql.producer.feedfile.feed_file import FeedFile

_numbers = itertools.count()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_exchange() -> AsyncIterator[Exchange]:
    async with Exchange() as exchange:
        yield exchange


@pytest_asyncio.fixture(loop_scope="session")
async def exchange(shared_exchange: Exchange) -> Exchange:
    """The exchange, without connections of the test before."""
    await shared_exchange.until(
        lambda: not any([*shared_exchange.sockets.values(), *shared_exchange.event_streams.values()])
    )
    return shared_exchange


@pytest_asyncio.fixture(loop_scope="session")
async def watch(browser: Browser, exchange: Exchange) -> AsyncIterator[Watching]:
    """Serve a page with a script, and watch it by the rules of a feed file."""
    async with AsyncExitStack() as stack:

        async def start(script: str, rules: str, *, page: str = "", body: str = "") -> Watched:
            html = f"<!doctype html><meta charset=utf-8><title>chart</title>{body}<script>{script}</script>"
            url = exchange.put(f"/page/{next(_numbers)}", html, kind="text/html")
            feed = FeedFile.parse(f'[page]\nurl = "{url}"\n{page}\n{rules}')
            return await stack.enter_async_context(watching(browser, feed, Watched, timings=FAST))

        yield start
