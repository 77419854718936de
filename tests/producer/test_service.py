"""The whole producer, with a real Redis: publishing, standby, take-over, and what it leaves when it ends."""

import asyncio
import logging
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.support.process import descendants, gone
from tests.support.site import Site
from tests.support.waiting import DEADLINE_S
from tickql.feed.codec import decode_tick
from tickql.feed.errors import Fenced
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState
from tickql.feed.tick import Tick
from tickql.producer.errors import FeedFileError, SecretMissing
from tickql.producer.service import produce

TICKING = """<!doctype html><b id=last>0</b><script>
let n = 0; setInterval(() => { last.textContent = ++n; }, 20);</script>"""
PROGRAM = """
import asyncio, pathlib, sys
from tickql.feed.settings import FeedSettings
from tickql.producer.service import produce
asyncio.run(produce([pathlib.Path(sys.argv[1])], FeedSettings(redis_url=sys.argv[2], namespace=sys.argv[3])))
"""


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


@pytest.fixture
def feed_file(tmp_path: Path, site: Site) -> Path:
    path = tmp_path / "board.toml"
    url = site.put("/", TICKING)
    path.write_text(f'[page]\nurl = "{url}"\n[[symbol]]\nname = "ES"\nlast = "#last"\n')
    return path


@asynccontextmanager
async def listening(settings: FeedSettings) -> AsyncIterator[AsyncIterator[Tick]]:
    """Subscribe to the feed, as any subscriber does. Yields its ticks."""
    async with Redis.from_url(settings.redis_url, protocol=2) as redis, redis.pubsub() as pubsub:
        await pubsub.subscribe(settings.keys.everything)

        async def ticks() -> AsyncIterator[Tick]:
            async for message in pubsub.listen():
                if message["type"] == "message":
                    yield decode_tick(message["data"])

        yield ticks()


async def some(ticks: AsyncIterator[Tick], count: int = 20) -> list[Tick]:
    async with asyncio.timeout(DEADLINE_S):
        return [await anext(ticks) for _ in range(count)]


async def stopped(producing: "asyncio.Task[None]") -> None:
    producing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await producing


async def last_report(settings: FeedSettings) -> ProducerReport:
    async with Redis.from_url(settings.redis_url, protocol=2) as redis:
        said = await redis.hget(settings.keys.status, "board")
        assert isinstance(said, bytes)
        return ProducerReport.decode(said)


async def test_prices_go_from_the_page_to_a_subscriber_and_stop_cleanly(
    feed_file: Path, feed_settings: FeedSettings
) -> None:
    async with listening(feed_settings) as ticks:
        producing = asyncio.create_task(produce([feed_file], feed_settings))
        received = await some(ticks)
        await stopped(producing)
    seqs = [tick.seq for tick in received]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    lasts = [int(tick.last or "") for tick in received]
    assert lasts == list(range(lasts[0], lasts[0] + len(lasts)))
    assert (await last_report(feed_settings)).state is ProducerState.STOPPED


@pytest.mark.long
async def test_a_second_producer_with_take_over_replaces_the_first_which_waits_and_returns(
    feed_file: Path, feed_settings: FeedSettings, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with listening(feed_settings) as ticks:
        first = asyncio.create_task(produce([feed_file], feed_settings))
        received = await some(ticks)
        assert site.requests.count("/") == 1
        second = asyncio.create_task(produce([feed_file], feed_settings, take_over=True))
        while "board is handed over to another producer" not in caplog.messages:
            received += await some(ticks, 1)
        received += await some(ticks)
        assert site.requests.count("/") == 2
        ending = asyncio.create_task(stopped(second))
        while not ending.done():
            received += await some(ticks, 1)
        received += await some(ticks)
        await stopped(first)
    cursors = [tick.cursor for tick in received]
    assert cursors == [cursors[0]._replace(seq=cursors[0].seq + count) for count in range(len(cursors))]
    assert site.requests.count("/") == 3, "a standby opens the page when the holder is about to end"


@pytest.mark.long
async def test_a_symbol_of_another_feed_file_is_taken_over_for_good(
    feed_file: Path, feed_settings: FeedSettings
) -> None:
    other = Path(shutil.copyfile(feed_file, feed_file.with_name("other.toml")))
    async with listening(feed_settings) as ticks:
        first = asyncio.create_task(produce([feed_file], feed_settings))
        await some(ticks)
        second = asyncio.create_task(produce([other], feed_settings))
        async with asyncio.timeout(DEADLINE_S):
            with pytest.raises(Fenced, match="another producer has taken over ES"):
                await first
        await some(ticks)
        await stopped(second)


LOGIN = """login = { marker = "#account", steps = [{ fill = "#key", value = { env = "NO_SUCH_SECRET" } }] }"""


@pytest.mark.parametrize(
    ("page", "last", "fault"),
    [
        ("", "nth=x", r'board.toml: symbol "ES": nth=x is not a number'),
        ('dismiss = "nth=x"', "b", r"board.toml: \[page\]: nth=x is not a number"),
        (LOGIN, "b", "login step 1 .* needs the environment variable NO_SUCH_SECRET"),
        ('storage_state = "nosuch.json"', "b", "nosuch.json: no such file"),
    ],
)
async def test_a_mistake_in_a_feed_file_is_an_error_before_anything_starts(
    tmp_path: Path, feed_settings: FeedSettings, monkeypatch: pytest.MonkeyPatch, page: str, last: str, fault: str
) -> None:
    monkeypatch.setenv("TICKQL_BROWSER", "no-such-program")
    path = tmp_path / "board.toml"
    path.write_text(f'[page]\nurl = "http://localhost/"\n{page}\n[[symbol]]\nname = "ES"\nlast = "{last}"\n')
    with pytest.raises((FeedFileError, SecretMissing), match=fault):
        await produce([path], feed_settings)
    with pytest.raises(FeedFileError, match="no such file"):
        await produce([path, tmp_path / "nosuch.toml"], feed_settings)


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])
async def test_with_its_process_the_browser_ends_too(
    feed_file: Path, feed_settings: FeedSettings, number: signal.Signals
) -> None:
    async with listening(feed_settings) as ticks:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, str(feed_file), feed_settings.redis_url, feed_settings.namespace
        )
        try:
            await some(ticks)
            browser = list(descendants(process.pid))
            assert len(browser) > 3
        finally:
            os.kill(process.pid, number)
            await process.wait()
    assert await gone(browser) == []
