"""`tickql up` as a new user sees it: one command, then GraphiQL, gql and Redis all show live prices."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import redis.asyncio
from playwright.async_api import async_playwright

from tests.support.process import Program, descendants, gone, program
from tests.support.waiting import DEADLINE_S, until
from tickql.feed.embedded.ports import free_port
from tickql.feed.reading import history, latest
from tickql.feed.settings import FeedSettings
from tickql.producer.browser.browser_program import find_browser
from tickql.producer.browser.switches import SWITCHES
from tickql_client import ticks

pytestmark = pytest.mark.timeout(120)

_MESSAGE = {"timestamp": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", "symbol": r"[A-Z0-9/]+"} | dict.fromkeys(
    ("ASK", "BID", "LAST"), r"\d+(\.\d+)?"
)


class Up:
    """A running `tickql up` with ports of its own."""

    def __init__(self, running: Program, port: int) -> None:
        self.running = running
        self.graphql = f"http://127.0.0.1:{port}/graphql"

    async def redis_url(self) -> str:
        return str(re.findall(r"redis://\S+", await self.running.says("redis-cli"))[0])


@contextlib.asynccontextmanager
async def up(folder: Path, *options: str) -> AsyncIterator[Up]:
    port, demo_port = free_port(), free_port()
    command = ["up", "--port", str(port), "--demo-port", str(demo_port), "--data", str(folder / "data"), *options]
    async with program("-m", "tickql", *command) as running:
        yield Up(running, port)


async def test_one_command_brings_live_prices_to_gql_redis_and_graphiql(tmp_path: Path) -> None:
    async with up(tmp_path) as started:
        await started.running.says("GraphiQL")

        received = []
        async with asyncio.timeout(DEADLINE_S), aclosing(ticks("ES", url=started.graphql)) as stream:
            async for tick in stream:
                received.append(tick)
                if len(received) == 60:
                    break
        seqs = [tick.seq for tick in received]
        assert seqs == list(range(seqs[0], seqs[0] + 60))

        async with redis.asyncio.from_url(await started.redis_url(), protocol=2).pubsub() as channel:
            await channel.subscribe("market_data")
            async with asyncio.timeout(DEADLINE_S):
                while (message := await channel.get_message(timeout=5)) is None or message["type"] != "message":
                    pass
        tick = json.loads(message["data"])
        assert list(tick)[:5] == list(_MESSAGE)
        for key, pattern in _MESSAGE.items():
            assert re.fullmatch(pattern, tick[key]), (key, tick)

        await _graphiql_shows_ticks(started.graphql)


async def _graphiql_shows_ticks(address: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_browser(Path(playwright.chromium.executable_path)),
            args=["--no-sandbox", *SWITCHES],
        )
        page = await browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        await page.goto(address)
        await page.locator(".graphiql-query-editor .view-line", has_text="ticks(").wait_for(timeout=DEADLINE_S * 1000)
        await page.locator(".graphiql-execute-button").click(timeout=DEADLINE_S * 1000)
        first = page.locator(".result-window", has_text=re.compile(r'"seq"'))
        await first.wait_for(timeout=DEADLINE_S * 1000)
        shown = await first.inner_text()
        await page.wait_for_function(
            "before => document.querySelector('.result-window').innerText !== before",
            arg=shown,
            timeout=DEADLINE_S * 1000,
        )
        await browser.close()
    assert not faults


@pytest.mark.parametrize(
    "end", [*(pytest.param(end, marks=pytest.mark.long) for end in (signal.SIGINT, signal.SIGTERM)), signal.SIGKILL]
)
async def test_it_leaves_no_process_and_no_lock_behind(tmp_path: Path, end: signal.Signals) -> None:
    async with up(tmp_path) as started:
        await started.running.says("GraphiQL")
        pids = [started.running.process.pid, *descendants(started.running.process.pid)]
        assert len(pids) > 8, "redis, page, producer, driver, browser and API"
        started.running.process.send_signal(end)
        assert await started.running.ends() == (-signal.SIGKILL if end == signal.SIGKILL else 0)
        assert await gone(pids) == []


@pytest.mark.long
async def test_a_second_start_reaches_the_first_tick_soon_and_keeps_the_history(tmp_path: Path) -> None:
    async with up(tmp_path) as started:
        await started.running.says("GraphiQL")
    begin = time.monotonic()
    async with up(tmp_path) as again:
        await again.running.says("GraphiQL")
        assert time.monotonic() - begin < 20, "8 s on a machine that does nothing else"
        kept = await history("ES", first=1, settings=FeedSettings(redis_url=await again.redis_url()))
        now = await latest("ES", settings=FeedSettings(redis_url=await again.redis_url()))
    assert now is not None
    assert kept.ticks[0].cursor.epoch < now.cursor.epoch


@pytest.mark.long
async def test_at_a_terminal_with_a_screen_it_opens_its_page_in_the_persons_browser(tmp_path: Path) -> None:
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho $1 >>{opened}\n")
    browser.chmod(0o755)
    port = str(free_port())
    options = ["up", "--port", port, "--demo-port", str(free_port()), "--data", str(tmp_path / "data")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SSH_", "CI"))}
    screen = {"DISPLAY": ":0", "BROWSER": str(browser), "TERM": "xterm"}
    controller, terminal = os.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tickql", *options,
        stdin=terminal, stdout=terminal, stderr=terminal, env=environment | screen, start_new_session=True,
    )  # fmt: skip
    os.close(terminal)
    asyncio.get_running_loop().add_reader(controller, os.read, controller, 65536)
    try:
        await until(lambda: asyncio.to_thread(opened.exists))
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            assert await process.wait() == 0
    finally:
        asyncio.get_running_loop().remove_reader(controller)
        os.close(controller)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    assert opened.read_text().strip().startswith(f"http://127.0.0.1:{port}/")


@pytest.mark.long
async def test_the_death_of_any_part_ends_the_others(tmp_path: Path) -> None:
    async with up(tmp_path) as started:
        await started.running.says("GraphiQL")
        parts = descendants(started.running.process.pid)
        (api,) = (pid for pid, command in parts.items() if re.fullmatch(r"\S+ -m tickql serve ", command))
        os.kill(api, signal.SIGKILL)
        assert await started.running.ends() == 1
        assert await gone(list(parts)) == []
        assert any("api was ended by signal 9" in line for line in started.running.output)


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
async def test_redis_may_hang_or_die(tmp_path: Path, number: signal.Signals) -> None:
    async with up(tmp_path) as started:
        async with redis.asyncio.from_url(await started.redis_url(), protocol=2) as connection:
            server = int((await connection.info("server"))["process_id"])
        async with asyncio.timeout(DEADLINE_S), aclosing(ticks("ES", url=started.graphql)) as stream:
            seq = (await anext(stream)).seq
            os.kill(server, number)
            if number == signal.SIGKILL:
                await started.running.says("redis was ended by signal 9: starting it again")
                async for tick in stream:
                    assert (tick.seq, tick.gap) == (seq + 1, None)
                    if (seq := tick.seq) % 100 == 0:
                        break
            else:
                await started.running.says("keeping ticks in memory")
        begin_s = time.monotonic()
        started.running.process.send_signal(signal.SIGTERM)
        assert await started.running.ends() == 0
        if number == signal.SIGSTOP:
            assert time.monotonic() - begin_s < 10, "what a supervisor waits; 6 s on a machine that does nothing else"
            await started.running.says("were not stored")


async def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with program("-m", "tickql", "up", "--port", str(port), "--data", str(tmp_path)) as running:
            assert await running.ends() == 1
    assert list(running.output) == [
        f"tickql: port {port} is in use: stop the program that listens there, or choose another port with --port"
    ]


async def test_a_wrong_feed_file_starts_nothing(tmp_path: Path) -> None:
    feed_file = tmp_path / "my.toml"
    feed_file.write_text('[page]\nurl = "http://127.0.0.1:1/"\nsampel = 0.1\n\n[[symbol]]\nname = "ES"\nask = "#a"\n')
    async with program("-m", "tickql", "up", str(feed_file), "--data", str(tmp_path / "data")) as running:
        assert await running.ends() == 1
    (line,) = running.output
    assert "sampel" in line
    assert "sample" in line.replace("sampel", "")
    assert not (tmp_path / "data").exists()


async def test_no_browser_says_how_to_get_one(tmp_path: Path) -> None:
    feed_file = tmp_path / "my.toml"
    feed_file.write_text('[page]\nurl = "http://127.0.0.1:1/"\n\n[[symbol]]\nname = "ES"\nask = "#a"\n')
    environment = {"TICKQL_BROWSER": str(tmp_path / "no-browser")}
    async with program("-m", "tickql", "produce", str(feed_file), environment=environment) as running:
        assert await running.ends() == 1
    assert "TICKQL_BROWSER" in running.output[-1]
    assert "Traceback" not in "\n".join(running.output)
