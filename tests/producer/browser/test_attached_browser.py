"""A browser in which a person is logged in: the producer has a tab of its own in it, and leaves all else alone."""

import asyncio
import json
import logging
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Error as PlaywrightError
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.support.process import command
from tests.support.site import Site
from tests.support.supervised import Supervised, feed
from tests.support.waiting import until
from tickql.feed.embedded.ports import free_port
from tickql.feed.status import ProducerState
from tickql.producer.browser.attached_browser import connect_browser
from tickql.producer.browser.browser_program import find_browser
from tickql.producer.browser.launch import running_driver
from tickql.producer.browser.sandbox import is_root

LAST = '[[symbol]]\nname = "ES"\nlast = "#last"'
# The tab of the person: logged in, and asked a question once the site says so.
PERSON = """<title>person</title><script>
const asking = setInterval(async () => {
  if (await (await fetch("/ask")).text() !== "yes") return;
  clearInterval(asking);
  document.title = confirm("sure?") ? "yes" : "no";
}, 50);</script>"""
PRICES = """<title>board</title><b id=last>0</b>
<script>let n = 0; setInterval(() => { last.textContent = ++n; }, 20);</script>"""


async def _board(request: Request) -> HTMLResponse:
    return HTMLResponse(PRICES if request.cookies.get("user") == "ada" else "<p>who are you?")


async def _person(_: Request) -> HTMLResponse:
    return HTMLResponse(PERSON, headers={"set-cookie": "user=ada; path=/"})


@asynccontextmanager
async def _chrome(program: Path, folder: Path, port: int, url: str) -> AsyncIterator[None]:
    """A person's browser with one tab, which ends with this context."""
    flags = ["--headless=new", f"--remote-debugging-port={port}", f"--user-data-dir={folder}", "--no-first-run"]
    async with command(str(program), *flags, *(["--no-sandbox"] if is_root() else []), url):
        await until(lambda: _answers(port))
        yield


async def _answers(port: int) -> bool:
    try:
        return bool(await _tabs(port))
    except OSError:
        return False


async def _tabs(port: int) -> list[dict[str, Any]]:
    def read() -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            return [tab for tab in json.load(answer) if tab["type"] == "page"]

    return await asyncio.to_thread(read)


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")
    await writer.drain()
    writer.close()


async def test_an_address_that_does_not_answer_is_told_without_its_path_and_its_token() -> None:
    server = await asyncio.start_server(_refuse, "127.0.0.1", 0)
    host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, running_driver() as driver:
        for scheme in ("http", "ws"):
            with pytest.raises(PlaywrightError) as refused:
                await connect_browser(driver, f"{scheme}://{host}/horse?token=horse")
            said = str(refused.value)
            assert said.startswith(f"no browser answers at {scheme}://{host}: ")
            assert "401" in said, "the library's own words are told"
            assert "horse" not in said


@pytest.mark.long
async def test_the_persons_browser_is_used_and_left_as_it_was(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with running_driver() as driver:
        program = find_browser(Path(driver.chromium.executable_path))
    port = free_port()
    async with Site(Route("/board", _board), Route("/person", _person)) as site, AsyncExitStack() as stack:
        page = f'attach = "http://127.0.0.1:{port}/?token=horse"\nrobots = "ignore"'
        es = Supervised(feed("board", site.url("/board"), LAST, page))
        stack.push_async_callback(es.stop)
        site.put("/ask", "no")
        missing = f"no browser answers at http://127.0.0.1:{port}: start it with --remote-debugging-port"
        await es.until_state(ProducerState.STALE, reason=missing)
        async with _chrome(program, tmp_path / "profile", port, site.url("/person")):
            await es.until_state(ProducerState.LIVE)
            # Also hidden behind the person's tab it keeps its pace.
            (person,) = [tab for tab in await _tabs(port) if tab["title"] != "board"]
            await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{port}/json/activate/{person['id']}")
            site.put("/ask", "yes")
            await es.until_count(len(es.quotes) + 100)
            numbers = [int(last or "0") for last in es.lasts()][-90:]
            assert numbers == list(range(numbers[0], numbers[0] + 90))
            assert es.reports[-1].state is ProducerState.LIVE
            await es.stop()
            assert [tab["title"] for tab in await _tabs(port)] == ["person"], "its tab is closed, the dialog still open"
    assert f"at http://127.0.0.1:{port}" in caplog.text
    assert "horse" not in caplog.text
