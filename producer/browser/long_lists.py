"""Lists that hold only the rows in their window, and add others when someone scrolls (virtual lists).

Scrolling through such a list would lose the changes of the rows that are not shown. So the list is made as high as its
content: then it holds all rows at once. Whether it does is measured, for a script may ignore the height of its element.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.async_api import ElementHandle, Locator, Page
from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.element_search import find_visible
from tickql.producer.feedfile.page_settings import Viewport
from tickql.producer.feedfile.selectors import playwright_selector

MAX_LIST_PX = 200_000
"""Height that a list gets at most: some thousands of rows."""
_MAX_WINDOW_PX = 20_000
"""Height that the window gets at most, for a list that scrolls with the page. The browser draws all of it."""
_GROW_S = 10.0
_POLL_S = 0.2
_STABLE_LOOKS = 3
"""Looks in a row that find nothing to grow: the list's script adds its rows in a later task."""

_FOLDER = Path(__file__).parent
_GROW_JS = (_FOLDER / "grow_list.js").read_text(encoding="utf-8")
_REST_JS = (_FOLDER / "list_rest.js").read_text(encoding="utf-8")


async def grow_list(page: Page, scroll: str, rows: str, viewport: Viewport) -> str | None:
    """Make the list `scroll` hold all its `rows` (selectors). Returns what is in the way, for people; `None`: nothing.

    Raises:
        playwright.async_api.Error: the page is gone, or between two documents.
    """
    box = await find_visible(page, scroll)
    if box is None:
        return f'the list "{scroll}" is not on the page'
    deadline_s, stable = time.monotonic() + _GROW_S, 0
    while stable < _STABLE_LOOKS and time.monotonic() < deadline_s:
        state = await box.evaluate(_GROW_JS, MAX_LIST_PX)
        has_grown = await _grow_window(page, state, viewport) if state["page"] else bool(state["grown"])
        stable = 0 if has_grown else stable + 1
        await asyncio.sleep(_POLL_S)
    handle = await box.element_handle()
    try:
        return await _rest(box, handle, scroll, rows)
    finally:
        with suppress(PlaywrightError):
            await handle.dispose()


async def _grow_window(page: Page, state: Mapping[str, Any], viewport: Viewport) -> bool:
    height = min(_MAX_WINDOW_PX, int(state["content"]))
    if height <= state["window"]:
        return False
    await page.set_viewport_size({"width": viewport.width, "height": height})
    return True


async def _rest(box: Locator, handle: ElementHandle, scroll: str, rows: str) -> str | None:
    """Return how many rows the list does not hold, in a sentence; `None`: none."""
    owner = await handle.owner_frame()
    found = None
    if owner is not None:
        found = await owner.locator(playwright_selector(rows)).evaluate_all(_REST_JS, handle)
    if found is None:
        return f'the list "{scroll}" holds none of the rows "{rows}"'
    # What is below the last row in a whole list: padding, or a line of totals.
    if found["rest"] <= max(2 * found["height"], found["content"] / 10):
        return None
    missing = round(found["rest"] / found["height"])
    return f'the list "{scroll}" holds {found["rows"]} rows, and about {missing} more are shown only after a scroll'
