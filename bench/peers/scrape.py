"""How pages are mostly scraped, by polling: what it catches of a board that changes every 10 ms, and how late.

Run: `python -m bench.peers.scrape {locator,evaluate} URL SYMBOLS SECONDS OUT`. The figures go to the file OUT, as JSON.
A reading counts as had as soon as it is in Python: nothing is published and nobody subscribes.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bench.arrivals import Lateness
from bench.process_tree import ProcessTree
from tickql.producer.browser.launch import launch_browser, open_context
from tickql.producer.feedfile.page_settings import PageSettings

_POLL_S = 0.01
_ROWS = """() => [...board.children].map((row) => [...row.children].map((cell) => cell.textContent))"""
_CHANGES = """() => Number(document.querySelector("#S0 .bid").textContent)"""


class Catch:
    """What was read: of each symbol which changes, and how late each was when it was first seen."""

    def __init__(self) -> None:
        self.late_us: list[int] = []
        self.readings = 0
        self._seen: dict[str, set[int]] = {}

    def take(self, symbol: str, bid: str, last: str) -> None:
        """Take a reading, just made."""
        self.readings += 1
        seen = self._seen.setdefault(symbol, set())
        if int(bid) not in seen:
            seen.add(int(bid))
            self.late_us.append(time.time_ns() // 1000 - int(last))

    @property
    def caught(self) -> int:
        """Changes of all symbols."""
        return sum(map(len, self._seen.values()))


async def by_locator(page: Page, symbols: int, end: float, catch: Catch) -> None:
    """One locator per field, one after the other: how a scraper is mostly written."""
    while True:
        for number in range(symbols):
            row = page.locator(f"#S{number}")
            _ask, bid, last = [await row.locator(f".{name}").text_content() or "" for name in ("ask", "bid", "last")]
            catch.take(f"S{number}", bid, last)
            if time.monotonic() > end:
                return


async def by_evaluate(page: Page, symbols: int, end: float, catch: Catch) -> None:
    """All fields in one call, every 10 ms."""
    due = time.monotonic()
    while time.monotonic() < end:
        for name, _ask, bid, last in await page.evaluate(_ROWS):
            catch.take(name, bid, last)
        due = max(due + _POLL_S, time.monotonic())
        await asyncio.sleep(due - time.monotonic())


WAYS: dict[str, Callable[[Page, int, float, Catch], Awaitable[None]]] = {
    "locator": by_locator,
    "evaluate": by_evaluate,
}


async def scrape(way: str, url: str, symbols: int, duration_s: float) -> dict[str, float | None]:
    """Scrape for `duration_s` seconds and return the figures."""
    settings = PageSettings(url=url)
    async with async_playwright() as playwright:
        browser = await launch_browser(playwright, settings)
        page = await (await open_context(browser, settings)).new_page()
        await page.goto(url)
        await WAYS[way](page, symbols, time.monotonic() + 1, Catch())
        tree = ProcessTree(way, os.getpid())
        catch, first, began = Catch(), await page.evaluate(_CHANGES), time.monotonic()
        before = tree.spent()
        await WAYS[way](page, symbols, began + duration_s, catch)
        wall_s, changes = time.monotonic() - began, await page.evaluate(_CHANGES) - first
        used = tree.used_since(before)
        await browser.close()
    late = Lateness.of(catch.late_us)
    return {
        "p50_ms": late.p50_ms,
        "p99_ms": late.p99_ms,
        "max_ms": late.max_ms,
        "share": min(1.0, catch.caught / (changes * symbols)),
        "page_hz": changes / wall_s,
        "sweeps_per_s": catch.readings / symbols / wall_s,
        "python_cpu": used.root_s / wall_s,
        "browser_cpu": (used.all_s - used.root_s) / wall_s,
    }


if __name__ == "__main__":
    way, url, symbols, duration_s, out = sys.argv[1:]
    figures = asyncio.run(scrape(way, url, int(symbols), float(duration_s)))
    written = Path(out + ".new")
    written.write_text(json.dumps(figures))
    written.rename(out)
