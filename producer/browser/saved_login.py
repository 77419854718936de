"""A saved login: cookies, local storage and IndexedDB as Playwright saves them, plus session storage.

Session storage belongs to one tab, and a new tab starts without. It is restored once, before the tab goes anywhere. A
script that ran in each new document would also bring back items that the page has removed since, such as a token that
the server refuses.
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
"""The items of each origin."""

_KEY = "sessionStorage"
# A context with much IndexedDB takes seconds to read; more than this means that the browser hangs.
_CONTEXT_TIMEOUT_S = 10.0
# A frame that hangs must not keep the other frames' storage from being saved.
_FRAME_TIMEOUT_S = 2.0
_READ_ITEMS_JS = "() => [location.origin, Object.fromEntries(Object.entries(sessionStorage))]"
_WRITE_ITEMS_JS = "(items) => { for (const [key, value] of Object.entries(items)) sessionStorage.setItem(key, value); }"


def read_login(path: Path) -> tuple[StorageState, SessionStorage]:
    """Return the two parts of a saved login: Playwright's own, and the session storage.

    Raises:
        FeedFileError: the file is not readable, or not a saved login.
    """
    try:
        saved = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise FeedFileError(f"storage_state {path}: {error}") from error
    if not isinstance(saved, dict) or not isinstance(saved.get("cookies"), list):
        raise FeedFileError(
            f"storage_state {path}: it has no list of cookies, so it is not a login as Playwright saves it"
        )
    session = saved.pop(_KEY, {})
    if not _is_session_storage(session):
        raise FeedFileError(f'storage_state {path}: {_KEY} is not {{"https://example.test": {{"key": "value"}}}}')
    return cast(StorageState, saved), session


def write_login(path: Path, state: StorageState, session: SessionStorage) -> None:
    """Save a login in a file that only its owner can read (mode 0600).

    The file is replaced as a whole: a reader, and a crash in between, find the old login or the new one.

    Raises:
        OSError: the file cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    text = json.dumps({**state, _KEY: session}, indent=2, ensure_ascii=False)
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


async def capture_login(context: BrowserContext) -> tuple[StorageState, SessionStorage]:
    """Return the login that a context has now, ready for `write_login`.

    Raises:
        playwright.async_api.Error, TimeoutError: the browser is gone, or does not answer within 10 s.
    """
    async with asyncio.timeout(_CONTEXT_TIMEOUT_S):
        session = await read_session_storage(context)
        return await context.storage_state(indexed_db=True), session


async def read_session_storage(context: BrowserContext) -> SessionStorage:
    """Return the session storage of a context's pages. Of two pages of one origin the newer one counts.

    Left out are frames that do not answer within 2 s, and frames without storage, such as `about:blank`.
    """
    frames = [frame for page in context.pages for frame in page.frames]
    storages = await asyncio.gather(*map(_frame_storage, frames))
    return {origin: items for origin, items in filter(None, storages) if items}


async def _frame_storage(frame: Frame) -> tuple[str, Items] | None:
    try:
        async with asyncio.timeout(_FRAME_TIMEOUT_S):
            origin, items = await frame.evaluate(_READ_ITEMS_JS)
    except (PlaywrightError, TimeoutError):
        return None
    return origin, items


async def restore_session_storage(page: Page, session: SessionStorage) -> None:
    """Write session storage into a page that has not been anywhere yet. No request reaches a site.

    Raises:
        playwright.async_api.Error: the page is gone.
    """
    if not session:
        return
    # Session storage can be written only in a document of its origin: a blank one takes the place of the site's.
    await page.route("**/*", _answer_blank)
    for origin, items in session.items():
        await page.goto(origin, wait_until="commit")
        await page.evaluate(_WRITE_ITEMS_JS, items)
    await page.goto("about:blank")
    await page.unroute("**/*", _answer_blank)


async def _answer_blank(route: Route) -> None:
    with suppress(PlaywrightError):
        await route.fulfill(content_type="text/html", body="")


def _is_session_storage(given: Any) -> bool:
    return isinstance(given, dict) and all(
        isinstance(items, dict) and all(isinstance(value, str) for value in items.values()) for items in given.values()
    )
