"""What may be between a visitor and the prices of a page, and the option of `tickql discover` that gets past it."""

import asyncio
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from tickql.producer.feedfile.toml_strings import quoted

_SOURCE = (Path(__file__).parent / "obstacles.js").read_text(encoding="utf-8")
_CALL_S = 5.0
# What a selector by text does not take as it is: quotes, a pattern, a step to the next selector.
_NOT_PLAIN = re.compile(r"""["'/]|.*>>""")
_LONGER = 1.2
"""A page that is longer than its window by less than this factor has its end within the margin."""
_MAX_VIEWPORT = 20_000


async def describe_obstacles(page: Page) -> str | None:
    """Return one line about a page that shows no prices: what a visitor would do; `None`: nothing is in the way."""
    hints: list[str] = []
    for frame in page.frames:
        # A frame of another site may be gone, or hang.
        with suppress(PlaywrightError, TimeoutError, ValueError):
            async with asyncio.timeout(_CALL_S):
                found = orjson.loads(await frame.evaluate(_SOURCE))
            hints += [hint for hint in hints_of(found, is_top=frame is page.main_frame) if hint not in hints]
    return "; ".join(hints) or None


def hints_of(found: dict[str, Any], *, is_top: bool = True) -> Iterator[str]:
    """Yield a line for each obstacle that `obstacles.js` found, the most likely one first."""
    for closer in found["closers"][:1]:
        yield f"a dialog is over the page: try --dismiss {shlex.quote(_by_text(closer['text']))}"
    if found["tabs"]:
        tabs = ", ".join(found["tabs"])
        yield f"tabs are not open ({tabs}): try --step {shlex.quote('click ' + _by_text(found['tabs'][0]))}"
    for choice in found["choices"][:1]:
        step = f"choose = {quoted(choice['selector'])}, value = {quoted(choice['options'][-1])}"
        yield f"there is a choice ({', '.join(choice['options'])}): try --step {shlex.quote(step)}"
    width, height = found["window"]
    if is_top and found["height"] > height * _LONGER:
        size = f"{width}x{min(found['height'], _MAX_VIEWPORT)}"
        yield f"the page is longer than its window: try --viewport {size}, or --step 'scroll html'"
    for box in found["boxes"]:
        yield f"a part of it scrolls: try --step {shlex.quote('scroll ' + box)}"


def _by_text(text: str) -> str:
    """Return the selector of the element that shows a text."""
    return "text=" + (orjson.dumps(text).decode() if _NOT_PLAIN.match(text) else text)
