"""A screenshot of a page, with boxes around the prices that the observer reads."""

import asyncio
import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import orjson
from playwright.async_api import Error as PlaywrightError

from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.producer")

# A list that loads more rows as it is scrolled has no end; a larger PNG is of no use to a person either.
_MAX_HEIGHT_PX = 6000
_SCREENSHOT_TIMEOUT_MS = 8_000
# Width of the page; height of its content, where that is less than the window (a page is 2400 pixels high by default).
_SIZE_JS = """() => {
  const { scrollWidth, scrollHeight } = document.documentElement;
  const bottom = (document.body?.getBoundingClientRect().bottom ?? 0) + scrollY + 20;
  const high = scrollHeight > innerHeight || bottom < 100 ? scrollHeight : Math.min(bottom, scrollHeight);
  return [Math.max(1, scrollWidth), Math.max(1, Math.ceil(high))];
}"""


async def take_screenshot(
    observer: ObserverClient, contexts: Sequence[int], failing: Sequence[str], timings: Timings = DEFAULT_TIMINGS
) -> bytes | None:
    """Return a PNG of the whole page, of its first 6,000 pixels at most; `None` if the page gives none in time.

    The boxes stay on the page: the caller closes the page afterwards.

    Args:
        observer: the client of the page.
        contexts: the frames with an observer.
        failing: the prices that are not live, each as `SYMBOL field`. Their boxes are red, all others are green.
        timings: `screenshot_s` is the deadline.
    """
    drawing = f"({_boxes()})({orjson.dumps(list(failing)).decode()})"
    page = observer.page
    try:
        async with asyncio.timeout(timings.screenshot_s):
            for context in contexts:
                await observer.evaluate(context, drawing)
            width, height = await page.evaluate(_SIZE_JS)
            return await page.screenshot(
                full_page=True,
                clip={"x": 0, "y": 0, "width": width, "height": min(height, _MAX_HEIGHT_PX)},
                timeout=_SCREENSHOT_TIMEOUT_MS,
            )
    except (PlaywrightError, TimeoutError) as error:
        logger.debug("no screenshot: %s", error)
        return None


@cache
def _boxes() -> str:
    return Path(__file__).with_name("boxes.js").read_text(encoding="utf-8").strip()
