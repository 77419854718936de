"""The site of a broker, and producers that watch it: each feed file has a supervisor, all share one browser."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest
import pytest_asyncio

from tests.support.broker import PASSWORD, Broker
from tests.support.recorder import Recorder
from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.timings import DEFAULT_TIMINGS, Timings
from tickql.producer.watch.supervisor import Supervisor

T = TypeVar("T")

LAST = '[[symbol]]\nname = "ES"\nlast = "#last"\n'
BY_HAND = '[page.login]\nmarker = "#account"'
LOGIN = """
[page.login]
marker = "#account"
url = "{url}/{kind}/login"
steps = [
  {{ fill = "#user", value = "ada" }},
  {{ fill = "#password", value = {{ env = "BROKER_PASSWORD" }} }},
  {{ click = "#sign-in" }},
]
"""


class Supervised(Recorder):
    """A feed file with its supervisor."""

    def __init__(self, feed: FeedFile, shared_browser: SharedBrowser, timings: Timings) -> None:
        super().__init__()
        self.supervisor = Supervisor(feed, self, shared_browser, SymbolOwners([feed]), timings)
        self.task: asyncio.Task[NoReturn] = asyncio.create_task(self.supervisor.run())

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await self.task


Supervise = Callable[..., Supervised]


@pytest_asyncio.fixture(loop_scope="session")
async def broker() -> AsyncIterator[Broker]:
    broker = Broker()
    async with broker:
        yield broker


_numbers = itertools.count()


@pytest_asyncio.fixture(loop_scope="session")
async def supervise(
    shared_browser: SharedBrowser, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Supervise]:
    """Supervises a board of the broker."""
    async with AsyncExitStack() as stack:

        def start(
            kind: str,
            page: str = "",
            *,
            query: str = "",
            login: str = LOGIN,
            password: str = PASSWORD,
            timings: Timings = DEFAULT_TIMINGS,
        ) -> Supervised:
            monkeypatch.setenv("BROKER_PASSWORD", password)
            section = login.format(url=broker.address, kind=kind)
            text = f'[page]\nurl = "{broker.address}/{kind}/board{query}"\n{page}\n{section}\n{LAST}'
            feed = FeedFile.parse(text, tmp_path / f"feed{next(_numbers)}.toml")
            supervised = Supervised(feed, shared_browser, timings)
            stack.push_async_callback(supervised.stop)
            return supervised

        yield start
