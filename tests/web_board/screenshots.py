"""Takes the README's pictures of the board: `make screenshots`.

A demo market runs for a while, so that trends have a course; its prices are simulated.
"""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.support import demo_market
from tests.support.redis_server import RedisServer
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings
from tickql.producer.browser.launch import launch_browser
from tickql.producer.feedfile.page_settings import PageSettings

FOLDER = Path(__file__).parents[2] / "docs" / "images"
_WATCHED_S = 20.0

_ES_LAST = '.feeds-frame button[aria-label^="ES last"]'


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file, what it shows, and on which screen. Sizes are in CSS pixels."""

    name: str
    view: str
    width: int
    height: int
    scheme: Literal["light", "dark"]
    scale: float = 1
    pointer: str | None = None
    """Selector of what the mouse points at; `None`: at nothing."""


PICTURES = (
    Picture("board-light", "", 1280, 620, "light"),
    Picture("board-dark", "", 1280, 620, "dark"),
    Picture("board-phone", "", 390, 780, "light"),
    Picture("symbol-light", "#/symbol/ES", 1280, 900, "light"),
    Picture("symbol-dark", "#/symbol/ES", 1280, 900, "dark"),
    Picture("symbol-phone", "#/symbol/ES", 390, 780, "dark"),
    Picture("feed-light", "#/feeds", 1280, 900, "light", pointer=_ES_LAST),
    Picture("feed-dark", "#/feeds", 1280, 900, "dark", pointer=_ES_LAST),
)


@asynccontextmanager
async def demo() -> AsyncIterator[str]:
    """Run a demo market with its producer and API. Yields the address of the board."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = RedisServer(folder, keeps_data=False)
        server.start()
        try:
            settings = FeedSettings(redis_url=server.url)
            async with (
                demo_market.page() as url,
                demo_market.producer(url, settings, folder),
                demo_market.api(settings, free_port()) as graphql,
            ):
                yield graphql.removesuffix("graphql")
        finally:
            server.stop()


async def take_all(folder: Path, watched_s: float) -> None:
    """Open each view, watch the market for a while, and take its picture. One after the other: each has the machine."""
    async with demo() as address, async_playwright() as driver:
        browser = await launch_browser(driver, PageSettings(url="http://localhost/"))
        for picture in PICTURES:
            page = await _open(browser, address, picture)
            await asyncio.sleep(watched_s)
            if picture.pointer is not None:
                await page.locator(picture.pointer).hover()
            await page.screenshot(path=folder / f"{picture.name}.png")
            await page.context.close()
        await browser.close()


async def _open(browser: Browser, address: str, picture: Picture) -> Page:
    context = await browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.scheme,
        device_scale_factor=picture.scale,
    )
    page = await context.new_page()
    await page.goto(address + picture.view)
    await expect(page.get_by_role("status")).to_have_text("Live", timeout=60_000)
    return page


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=FOLDER, help="folder of the pictures (default: %(default)s)")
    parser.add_argument("--watched", type=float, default=_WATCHED_S, help="seconds before them (default: %(default)s)")
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    asyncio.run(take_all(options.into, options.watched))
