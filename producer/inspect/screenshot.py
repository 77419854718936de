"""A picture of a page, with boxes around what is read of it."""

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

_MAX_HEIGHT = 6000
_SHOT_MS = 8_000
# As wide as the page; as high as what is on it, where that is less than the window.
_SIZE = """() => {
  const { scrollWidth, scrollHeight } = document.documentElement;
  const bottom = (document.body?.getBoundingClientRect().bottom ?? 0) + scrollY + 20;
  const high = scrollHeight > innerHeight || bottom < 100 ? scrollHeight : Math.min(bottom, scrollHeight);
  return [Math.max(1, scrollWidth), Math.max(1, Math.ceil(high))];
}"""


async def take_screenshot(
    observer: ObserverClient, contexts: Sequence[int], unwell: Sequence[str], timings: Timings = DEFAULT_TIMINGS
) -> bytes | None:
    """A PNG of the whole page, its first 6,000 pixels at most; `None`: the page does not give one.

    The boxes stay on the page, which is to be closed then.

    Args:
        observer: of the page.
        contexts: its frames, those that were heard.
        unwell: what is not live, each as `SYMBOL field`: its boxes are red, the others green.
        timings: of the producer.
    """
    drawing = f"({_boxes()})({orjson.dumps(list(unwell)).decode()})"
    page = observer.page
    try:
        async with asyncio.timeout(timings.screenshot_s):
            for context in contexts:
                await observer.evaluate(context, drawing)
            width, height = await page.evaluate(_SIZE)
            return await page.screenshot(
                full_page=True,
                clip={"x": 0, "y": 0, "width": width, "height": min(height, _MAX_HEIGHT)},
                timeout=_SHOT_MS,
            )
    except (PlaywrightError, TimeoutError) as error:
        logger.debug("no picture: %s", error)
        return None


@cache
def _boxes() -> str:
    return Path(__file__).with_name("boxes.js").read_text(encoding="utf-8").strip()
