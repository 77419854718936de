"""Logging in by hand: the login is saved, whichever way the person ends it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, StorageState

from tests.producer.login.conftest import LAST
from tests.support.broker import KINDS, PASSWORD, Broker
from tests.support.waiting import DEADLINE_S
from tickql.producer.browser.saved_login import read_login, write_login
from tickql.producer.errors import LoginFailed
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.login.manual_login import CapturedLogin, check_display, login_by_hand, login_page

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

MARKER = '[page.login]\nmarker = "#account"'


def settings(broker: Broker, kind: str, login: str = "", *, headless: bool = True) -> PageSettings:
    url = f"{broker.address}/{kind}/board"
    window = "true" if headless else "false"
    return FeedFile.parse(f'[page]\nurl = "{url}"\nheadless = {window}\n{login}\n{LAST}').page


async def log_in(page: Page) -> None:
    """What a person does in the window."""
    await page.fill("#user", "ada")
    await page.fill("#password", PASSWORD)
    await page.click("#sign-in")
    await page.wait_for_selector("#account", state="attached")


async def never() -> None:
    await asyncio.Event().wait()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def window() -> AsyncIterator[Page]:
    async with login_page(FeedFile.parse(f'[page]\nurl = "http://localhost"\n{LAST}').page) as page:
        yield page


async def another(window: Page) -> Page:
    assert window.context.browser is not None
    return await (await window.context.browser.new_context()).new_page()


async def test_a_login_of_any_kind_is_saved_once_its_marker_shows(window: Page, broker: Broker) -> None:
    async def saved(kind: str) -> CapturedLogin:
        page = await another(window)
        taking = asyncio.create_task(login_by_hand(page, settings(broker, kind, MARKER), never))
        await log_in(page)
        async with asyncio.timeout(DEADLINE_S):
            return await taking

    for kind, taken in zip(KINDS, await asyncio.gather(*map(saved, KINDS)), strict=True):
        held = next(iter(broker.tokens & {token for token in broker.tokens if token in repr(taken)}), None)
        assert held is not None, kind


async def test_a_window_that_is_closed_ends_it(window: Page, broker: Broker) -> None:
    page = await another(window)
    taking = asyncio.create_task(login_by_hand(page, settings(broker, "session"), never))
    await log_in(page)
    # The person looks at the board for longer than the period of capturing the login.
    await page.wait_for_function("Number(document.getElementById('last').textContent) > 40")
    await page.close()
    async with asyncio.timeout(DEADLINE_S):
        taken = await taking
    assert broker.tokens == set(taken.session[broker.address].values())


@pytest.mark.long
@pytest.mark.brief
async def test_enter_in_the_terminal_ends_it(window: Page, broker: Broker) -> None:
    page = await another(window)
    entered = asyncio.Event()

    async def done() -> None:
        await entered.wait()

    taking = asyncio.create_task(login_by_hand(page, settings(broker, "cookie"), done))
    await log_in(page)
    entered.set()
    async with asyncio.timeout(DEADLINE_S):
        assert str(await taking) == "1 cookie, storage of 0 sites"


async def test_ending_without_a_login_is_an_error(window: Page, broker: Broker) -> None:
    async def done() -> None:
        return

    with pytest.raises(LoginFailed, match="nothing to save"):
        await login_by_hand(await another(window), settings(broker, "cookie"), done)


async def test_a_page_that_does_not_load_is_an_error_of_one_line(window: Page) -> None:
    nobody = FeedFile.parse(f'[page]\nurl = "http://127.0.0.1:9/board?key=secret"\n{LAST}').page
    with pytest.raises(LoginFailed, match=r"^http://127\.0\.0\.1:9/board does not load: browsers open no page at"):
        await login_by_hand(await another(window), nobody, never)


@pytest.mark.brief
async def test_a_saved_login_can_be_read_by_its_owner_only_and_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "login.json"
    path.write_text("old")
    path.chmod(0o644)
    state: StorageState = {"cookies": [], "origins": []}
    session = {"https://example.test": {"tökén": "1\n2"}}
    write_login(path, state, session)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_login(path) == (state, session)
    assert os.listdir(tmp_path) == ["login.json"]


@pytest.mark.brief
async def test_without_a_display_the_error_names_what_to_do() -> None:
    with pytest.raises(
        LoginFailed, match=r"no display to open a window on: .* or write the login steps into the feed file"
    ):
        check_display({})


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="no Xvfb, which gives a display to open a window on")
async def test_a_real_window_is_opened_and_may_be_closed(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    display = await asyncio.create_subprocess_exec(
        "Xvfb", "-displayfd", str(writer), "-screen", "0", "1300x900x24",
        pass_fds=[writer], stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            monkeypatch.setenv("DISPLAY", f":{(await asyncio.to_thread(told.readline)).strip()}")
        check_display()
        async with login_page(settings(broker, "cookie", headless=False)) as page:
            taking = asyncio.create_task(login_by_hand(page, settings(broker, "cookie"), never))
            await log_in(page)
            await page.wait_for_function("Number(document.getElementById('last').textContent) > 40")
            await page.close()
            async with asyncio.timeout(DEADLINE_S):
                assert str(await taking) == "1 cookie, storage of 0 sites"
    finally:
        display.kill()
        await display.wait()
