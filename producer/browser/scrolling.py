"""Scrolling an element to its end, as a person would: what is loaded only when it becomes visible is loaded then."""

import asyncio
import logging
import time

from playwright.async_api import Locator

logger = logging.getLogger("tickql.producer")

_DEFAULT_TIMES = 100
_PAUSE_S = 0.1
_SETTLED_S = 1.0
"""How long nothing is added at the end of what is scrolled before it counts as complete: time for one request."""
# Not the whole height: what is half visible at the end of one view is whole in the next.
_MOVE_JS = """element => {
  const box = element === document.documentElement ? document.scrollingElement ?? element : element;
  const before = box.scrollTop;
  box.scrollTop = before + Math.max(1, Math.floor(box.clientHeight * 0.9));
  return [box.scrollTop > before, box.scrollHeight];
}"""
_BACK_JS = """element => {
  const box = element === document.documentElement ? document.scrollingElement ?? element : element;
  box.scrollTop = 0;
}"""


async def scroll_to_end(element: Locator, times: int | None, within_s: float) -> bool:
    """Scroll until the end is reached and nothing is added there, then back to the beginning.

    Returns whether the end was reached within `times` moves (`None`: 100) and `within_s`.
    """
    deadline_s = time.monotonic() + within_s
    moves, height, grown_s = 0, 0, time.monotonic()
    await element.evaluate(_BACK_JS)
    while moves < (times or _DEFAULT_TIMES) and time.monotonic() < deadline_s:
        has_moved, new_height = await element.evaluate(_MOVE_JS)
        moves += has_moved
        if has_moved or new_height != height:
            height, grown_s = new_height, time.monotonic()
        elif time.monotonic() - grown_s >= _SETTLED_S:
            await element.evaluate(_BACK_JS)
            return True
        await asyncio.sleep(_PAUSE_S)
    await element.evaluate(_BACK_JS)
    return False
