"""Real pages, watched in the browser that the tests share. Tests that kill a browser start a separate one."""

import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

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
    """Serve a page with a body, and watch the page by the rules of a feed file. `answer`: as for `Site.put`."""
    async with AsyncExitStack() as stack:

        async def start(
            body: str, rules: str, *, page: str = "", timings: Timings = DEFAULT_TIMINGS, **answer: Any
        ) -> Watched:
            whole = f"<!doctype html><meta charset=utf-8><title>board</title>{body}"
            url = site.put(f"/{next(_numbers)}", whole, **answer)
            feed = FeedFile.parse(f'[page]\nurl = "{url}"\n{page}\n{rules}')
            return await stack.enter_async_context(watching(browser, feed, Watched, timings=timings))

        yield start
