"""Which browser is taken, and that it is set up as the feed file says."""

import asyncio
import gc
import os
import signal
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.process import descendants, gone
from tickql.producer.browser.launch import find_browser, open_context, start_driver
from tickql.producer.errors import BrowserNotFound, FeedFileError
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_settings import PageSettings


def program(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def settings(page: str, path: Path = Path("feed.toml")) -> PageSettings:
    return FeedFile.parse(f'[page]\nurl = "http://localhost/"\n{page}\n[[symbol]]\nname = "ES"\nlast = "b"', path).page


def test_the_browser_that_is_named_goes_before_all(tmp_path: Path) -> None:
    own, named = program(tmp_path, "own"), program(tmp_path, "named")
    program(tmp_path, "chromium")
    assert find_browser(own, {"TICKQL_BROWSER": str(named), "PATH": str(tmp_path)}) == named


def test_playwrights_own_browser_goes_before_one_on_the_path(tmp_path: Path) -> None:
    own = program(tmp_path, "own")
    program(tmp_path, "chromium")
    assert find_browser(own, {"PATH": str(tmp_path)}) == own


def test_a_browser_on_the_path_is_found(tmp_path: Path) -> None:
    chrome = program(tmp_path, "google-chrome")
    assert find_browser(tmp_path / "not-installed", {"PATH": str(tmp_path)}) == chrome


def test_without_any_it_says_how_to_get_one() -> None:
    with pytest.raises(BrowserNotFound, match=r"no browser found: install one with .*playwright install chromium"):
        find_browser(None, {"PATH": ""})


def test_a_named_browser_that_is_not_there_is_not_replaced_by_another(tmp_path: Path) -> None:
    program(tmp_path, "chromium")
    with pytest.raises(BrowserNotFound, match=r"TICKQL_BROWSER=/nowhere is no program"):
        find_browser(None, {"TICKQL_BROWSER": "/nowhere", "PATH": str(tmp_path)})


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_is_opened_as_the_feed_file_says(browser: Browser, tmp_path: Path) -> None:
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


@pytest.mark.parametrize("content", ["", "[]", '{"cookie": []}'])
@pytest.mark.asyncio(loop_scope="session")
async def test_a_login_that_is_none_is_an_error_of_the_feed_file(
    browser: Browser, tmp_path: Path, content: str
) -> None:
    (tmp_path / "login.json").write_text(content)
    with pytest.raises(FeedFileError, match=r"storage_state .*login\.json: "):
        await open_context(browser, settings('storage_state = "login.json"', tmp_path / "feed.toml"))


async def test_a_killed_driver_leaves_no_word_of_an_error_that_nobody_read(caplog: pytest.LogCaptureFixture) -> None:
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
