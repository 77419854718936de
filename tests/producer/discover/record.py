"""Records the outlines for the pure tests of a new page: `python -m tests.producer.discover.record`."""

import asyncio

from playwright.async_api import async_playwright

from tests.producer.discover.outlines import recorded
from tests.producer.discover.pages import FOLDER, FixtureSite
from tickql.producer.browser.launch import launch_browser
from tickql.producer.discover.page.collector import Collector
from tickql.producer.feedfile.page_settings import PageSettings

_SECONDS = 2.0


async def _record() -> None:
    async with async_playwright() as driver, FixtureSite() as pages:
        browser = await launch_browser(driver, PageSettings(url="http://localhost/"))
        for name in sorted(path.stem for path in FOLDER.glob("*.html")):
            page = await browser.new_page(viewport={"width": 1280, "height": 2400})
            collector = await Collector.open(page)
            await page.goto(pages.page(name))
            await asyncio.sleep(_SECONDS)
            reports = await collector.reports()
            recorded(name).write_bytes(pages.anonymous(reports[-1]))
            await page.close()


if __name__ == "__main__":
    asyncio.run(_record())
