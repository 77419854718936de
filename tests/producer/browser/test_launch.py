"""The driver, and contexts with the settings of a feed file."""

import asyncio
import gc
import os
import signal
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
