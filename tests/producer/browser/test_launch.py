"""The driver, and contexts with the settings of a feed file."""

import asyncio
import gc
import os
import re
import signal
import sys
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.process import descendants, gone
from tickql.producer.browser.launch import open_context, start_driver
from tickql.producer.errors import FeedFileError
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_settings import PageSettings


def settings(page: str, path: Path = Path("feed.toml")) -> PageSettings:
    return FeedFile.parse(f'[page]\nurl = "http://localhost/"\n{page}\n[[symbol]]\nname = "ES"\nlast = "b"', path).page


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_is_opened_with_the_settings_of_the_feed_file(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "login.json").write_text(
        '{"cookies": [], "origins": [{"origin": "http://localhost", "localStorage": []}]}'
    )
    page_keys = """locale = "de-DE"
user_agent = "watcher/1"
viewport = { width = 600, height = 700 }
storage_state = "login.json"
"""
    async with await open_context(browser, settings(page_keys, tmp_path / "feed.toml")) as context:
        page = await context.new_page()
        seen = await page.evaluate("[navigator.language, navigator.userAgent, innerWidth, innerHeight]")
    assert seen == ["de-DE", "watcher/1", 600, 700]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the command lines of processes in /proc")
@pytest.mark.asyncio(loop_scope="session")
async def test_what_playwright_disables_in_the_browser_stays_disabled(browser: Browser) -> None:
    assert browser.is_connected()
    commands = [command for command in descendants(os.getpid()).values() if "--remote-debugging-pipe" in command]
    lists = [re.findall(r"--disable-features=(\S+)", command) for command in commands if "--type=" not in command]
    assert lists
    for *others, last in lists:
        # Chromium counts the last one only.
        assert {name for each in others for name in each.split(",")} <= set(last.split(","))


@pytest.mark.asyncio(loop_scope="session")
async def test_a_window_has_no_page_but_the_one_that_is_watched(browser: Browser) -> None:
    async with await browser.new_context() as context:
        await context.new_page()
        session = await browser.new_browser_cdp_session()
        targets = (await session.send("Target.getTargets", {"filter": [{}]}))["targetInfos"]
        await session.detach()
    assert not [target["url"] for target in targets if target["url"].startswith("chrome://")]


@pytest.mark.parametrize("content", ["", "[]", '{"cookie": []}'])
@pytest.mark.asyncio(loop_scope="session")
async def test_a_file_that_is_not_a_saved_login_is_an_error_of_the_feed_file(
    browser: Browser, tmp_path: Path, content: str
) -> None:
    (tmp_path / "login.json").write_text(content)
    with pytest.raises(FeedFileError, match=r"storage_state .*login\.json: "):
        await open_context(browser, settings('storage_state = "login.json"', tmp_path / "feed.toml"))


async def test_a_killed_driver_does_not_log_an_error_that_was_never_retrieved(caplog: pytest.LogCaptureFixture) -> None:
    others = set(descendants(os.getpid()))
    driver = await start_driver()
    (process,) = (pid for pid, command in descendants(os.getpid(), without=others).items() if "run-driver" in command)
    os.kill(process, signal.SIGKILL)
    assert await gone([process]) == []
    await driver.stop()
    unread = asyncio.get_running_loop().create_future()
    unread.set_exception(RuntimeError("another"))
    del driver, unread
    gc.collect()
    said = [str(record.exc_info[1]) for record in caplog.records if record.name == "asyncio" and record.exc_info]
    assert said == ["another"]


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="`ca` is for Linux only")
async def test_drivers_that_start_at_once_have_the_certificates_of_their_own_page_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "/of-the-system.pem")
    others = set(descendants(os.getpid()))
    drivers = await asyncio.gather(*map(start_driver, (tmp_path / "a.pem", None, tmp_path / "b.pem", None)))
    try:
        started = [pid for pid, command in descendants(os.getpid(), without=others).items() if "run-driver" in command]
        given = sorted(_environment(pid)["NODE_EXTRA_CA_CERTS"] for pid in started)
    finally:
        await asyncio.gather(*(driver.stop() for driver in drivers))
    own = [str(tmp_path / "a.pem"), str(tmp_path / "b.pem")]
    assert given == sorted([*own, "/of-the-system.pem", "/of-the-system.pem"])
    assert os.environ["NODE_EXTRA_CA_CERTS"] == "/of-the-system.pem"


def _environment(pid: int) -> dict[str, str]:
    variables = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    return dict(name_and_value.split("=", 1) for name_and_value in variables if "=" in name_and_value)
