"""Real servers and browsers for the tests: one for all tests that leave it alive, separate ones for the others."""

import os
import signal
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.support.redis_server import RedisServer
from tests.support.scheduling import FileScheduling
from tests.support.waiting import DEADLINE_S
from tickql.feed.settings import FeedSettings
from tickql.producer.browser.browser_program import BROWSER_VARIABLE
from tickql.producer.browser.launch import launch_browser
from tickql.producer.browser.sandbox import NO_SANDBOX_VARIABLE, is_root
from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.feedfile.page_settings import PageSettings

# What this shell has for its user's own tickql, for a company's network, or to have programs print as to a terminal.
_FOREIGN = {"http_proxy", "https_proxy", "all_proxy", "force_color", "tty_compatible", "tty_interactive"}
for _name in list(os.environ):
    if (_name.startswith(("TICKQL_", "OTEL_")) and _name != BROWSER_VARIABLE) or _name.lower() in _FOREIGN:
        del os.environ[_name]
# The tests' own pages are no danger, and tests that read what a command prints expect no warning.
os.environ[NO_SANDBOX_VARIABLE] = "1" if is_root() else "0"
# What nohup, or `&` in a script, has this run ignore, the programs that it starts do not.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)

expect.set_options(timeout=DEADLINE_S * 1000)
# The speed of hypothesis depends on the machine, not on what is tested.
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FileScheduling:
    """Deal the tests out so that what is dear to make is made in one worker only."""
    return FileScheduling(config, log)


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"), keeps_data=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[RedisServer]:
    """A separate server for one test, to be killed, frozen and restarted."""
    folder = tmp_path / "redis"
    folder.mkdir()
    server = RedisServer(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def feed_settings(shared_redis: RedisServer) -> FeedSettings:
    """The feed on the shared server, in a separate namespace for each test."""
    return FeedSettings(redis_url=shared_redis.url, namespace=f"test_{uuid.uuid4().hex[:12]}")


@pytest.fixture
def own_feed(valkey: RedisServer) -> FeedSettings:
    """The feed on the separate server of the test."""
    return FeedSettings(redis_url=valkey.url)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A browser, in which each test opens a separate context."""
    async with async_playwright() as driver:
        browser = await launch_browser(driver, PageSettings(url="http://localhost/"))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_browser() -> AsyncIterator[SharedBrowser]:
    """The shared browser for supervisors."""
    shared_browser = SharedBrowser(PageSettings(url="http://localhost/"))
    yield shared_browser
    await shared_browser.close()
