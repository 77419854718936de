"""Records the outlines that the pure tests infer from: `python -m tests.discover.record`, when a page is new."""

import asyncio

from playwright.async_api import async_playwright

from producer.browser import launch_browser
from producer.discover.collector import Collector
from producer.pagesettings import PageSettings
from tests.discover.conftest import Pages
from tests.discover.outlines import recorded
from tests.discover.pages import FOLDER

_SECONDS = 2.0


async def _record() -> None:
    async with async_playwright() as driver, Pages() as pages:
        browser = await launch_browser(driver, PageSettings(url="http://localhost/"))
        for name in sorted(path.stem for path in FOLDER.glob("*.html")):
            page = await browser.new_page(viewport={"width": 1280, "height": 2400})
            collector = await Collector.open(page)
            await page.goto(pages.url(name))
            await asyncio.sleep(_SECONDS)
            reports = await collector.reports()
            recorded(name).write_bytes(pages.anonymous(reports[-1]))
            await page.close()


if __name__ == "__main__":
    asyncio.run(_record())
