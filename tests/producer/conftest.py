"""Real pages, watched in the browser that the tests share. Tests that kill a browser start a separate one."""

import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio
from playwright.async_api import Browser

from tests.support.site import Site
from tests.support.watching import Watched, Watching, watching
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

_numbers = itertools.count()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def watch(browser: Browser, site: Site) -> AsyncIterator[Watching]:
    """Serves a page with a body, and watches the page by rules of a feed file."""
    async with AsyncExitStack() as stack:

        async def start(
            body: str, rules: str, *, page: str = "", timings: Timings = DEFAULT_TIMINGS, **headers: str
        ) -> Watched:
            whole = f"<!doctype html><meta charset=utf-8><title>board</title>{body}"
            url = site.put(f"/{next(_numbers)}", whole, **headers)
            feed = FeedFile.parse(f'[page]\nurl = "{url}"\n{page}\n{rules}')
            return await stack.enter_async_context(watching(browser, feed, Watched, timings=timings))

        yield start
