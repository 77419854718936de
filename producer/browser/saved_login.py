"""A saved login: cookies, local storage and IndexedDB as Playwright saves them, and session storage beside them.

Session storage belongs to a tab: a new one starts without. It is put back before the tab goes anywhere, once: a script
that ran in each new document would bring back what the page has thrown away since, such as a token that is refused.
"""

import asyncio
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from playwright.async_api import BrowserContext, Frame, Page, Route, StorageState
from playwright.async_api import Error as PlaywrightError

from tickql.producer.errors import FeedFileError

Items = dict[str, str]
SessionStorage = dict[str, Items]
"""By origin."""

_KEY = "sessionStorage"
_DEADLINE_S = 10.0
_FRAME_S = 2.0
_READ = "() => [location.origin, Object.fromEntries(Object.entries(sessionStorage))]"
_WRITE = "(items) => { for (const [key, value] of Object.entries(items)) sessionStorage.setItem(key, value); }"


def read_login(path: Path) -> tuple[StorageState, SessionStorage]:
    """A saved login in its two parts.

    Raises:
        FeedFileError: the file is not readable, or no saved login.
    """
    try:
        saved = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise FeedFileError(f"storage_state {path}: {error}") from error
    if not isinstance(saved, dict) or not isinstance(saved.get("cookies"), list):
        raise FeedFileError(f"storage_state {path}: no cookies in it, so not a login as Playwright saves it")
    session = saved.pop(_KEY, {})
    if not _is_session(session):
        raise FeedFileError(f'storage_state {path}: {_KEY} is not {{"https://example.test": {{"key": "value"}}}}')
    return cast(StorageState, saved), session


def write_login(path: Path, state: StorageState, session: SessionStorage) -> None:
    """Save a login for its owner's eyes only (mode 0600), whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    text = json.dumps({**state, _KEY: session}, indent=2, ensure_ascii=False)
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


async def take_login(context: BrowserContext) -> tuple[StorageState, SessionStorage]:
    """What a context knows of its logins now.

    Raises:
        playwright.async_api.Error, TimeoutError: the browser is gone, or does not answer.
    """
    async with asyncio.timeout(_DEADLINE_S):
        session = await take_session(context)
        return await context.storage_state(indexed_db=True), session


async def take_session(context: BrowserContext) -> SessionStorage:
    """The session storage of a context's pages; a newer page goes before an older one.

    A frame that does not answer in 2 s, or has no storage (as `about:blank`), is left out.
    """
    frames = [frame for page in context.pages for frame in page.frames]
    storages = await asyncio.gather(*map(_session_of, frames))
    return {origin: items for origin, items in filter(None, storages) if items}


async def _session_of(frame: Frame) -> tuple[str, Items] | None:
    try:
        async with asyncio.timeout(_FRAME_S):
            origin, items = await frame.evaluate(_READ)
    except (PlaywrightError, TimeoutError):
        return None
    return origin, items


async def put_session(page: Page, session: SessionStorage) -> None:
    """Put session storage into a page that has not been anywhere yet. Nothing is asked of any site.

    Raises:
        playwright.async_api.Error: the page is gone.
    """
    if not session:
        return
    await page.route("**/*", _answer_blank)
    for origin, items in session.items():
        await page.goto(origin, wait_until="commit")
        await page.evaluate(_WRITE, items)
    await page.goto("about:blank")
    await page.unroute("**/*", _answer_blank)


async def _answer_blank(route: Route) -> None:
    with suppress(PlaywrightError):
        await route.fulfill(content_type="text/html", body="")


def _is_session(given: Any) -> bool:
    return isinstance(given, dict) and all(
        isinstance(items, dict) and all(isinstance(value, str) for value in items.values()) for items in given.values()
    )
