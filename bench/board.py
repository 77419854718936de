"""The board in a browser: the size of its scripts, its first paint, its frames, its memory, and ticks to pixels.

A browser without a GPU paints with the processors that also run the server and the market: on a small machine its
frames say more about the machine than about the board.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.async_api import CDPSession, Page, ViewportSize, async_playwright

from bench.errors import BenchError
from bench.results import Figures
from bench.servers import ALL
from bench.stage import Running, Stage
from bench.ticker import Pace
from tickql.producer.browser.launch import launch_browser
from tickql.producer.feedfile.page_settings import PageSettings

FEW = (50, Pace(100.0))
"""How many symbols a person looks at, at the highest rate of a page."""
SCROLLED = ((3_000, Pace(2.0)), (10_000, Pace(0.5, idle_hz=0.1)))
"""A whole market, and the largest. All its symbols tick at the same moments, which no market does."""
SCROLLED_S = 20.0
"""How long each is scrolled through at most."""
_SETTLED_S = 3.0
_LOAD_MS = 120_000
"""How long the first prices may take: of thousands of symbols the server reads each once."""
_SCREEN = ViewportSize(width=1280, height=900)
_SCRIPT = (Path(__file__).parent / "board_meter.js").read_text()


@dataclass(frozen=True, slots=True)
class Window:
    """What was seen of the page for a while: milliseconds between frames, and from a message to the painted frame."""

    frames_ms: tuple[float, ...]
    pixels_ms: tuple[float, ...]
    heap_growth_mib: float

    def figures(self) -> Figures:
        """By their names; `None` where nothing was seen."""
        return {
            "frames_per_s": 1000 / median(self.frames_ms),
            "longest_frame_ms": max(self.frames_ms),
            "frames_over_100_ms": float(sum(each > 100 for each in self.frames_ms)),
            "tick_to_pixel_p50_ms": median(self.pixels_ms) if self.pixels_ms else None,
            "tick_to_pixel_p95_ms": quantiles(self.pixels_ms, n=20)[-1] if len(self.pixels_ms) > 1 else None,
            "heap_growth_mib": self.heap_growth_mib,
        }


def measure(window_s: float) -> Iterator[tuple[str, Figures]]:
    """Yield the figures of the load, of few symbols at a high rate, and of many symbols while scrolling."""
    with Stage() as stage:
        load, window = _seen(stage, FEW, window_s, is_scrolling=False)
        yield "load", load
        yield _name(FEW), window.figures()
        for market in SCROLLED:
            _, window = _seen(stage, market, min(window_s, SCROLLED_S), is_scrolling=True)
            yield f"{_name(market)}, scrolling", window.figures()


def _name(market: tuple[int, Pace]) -> str:
    symbols, pace = market
    return f"{symbols} symbols x {pace.rate_hz:g} Hz"


def _seen(stage: Stage, market: tuple[int, Pace], window_s: float, *, is_scrolling: bool) -> tuple[Figures, Window]:
    symbols, pace = market
    with stage.serve(ALL["tickql"], symbols, pace) as running:
        return asyncio.run(_watch(running, symbols, window_s, is_scrolling=is_scrolling))


async def _watch(running: Running, symbols: int, window_s: float, *, is_scrolling: bool) -> tuple[Figures, Window]:
    """Open the board, and watch it while every symbol ticks at the full rate."""
    async with async_playwright() as driver:
        browser = await launch_browser(driver, PageSettings(url="http://localhost/"))
        page = await browser.new_page(viewport=_SCREEN)
        await page.add_init_script(_SCRIPT)
        await page.goto(f"http://127.0.0.1:{running.target.port}/")
        await page.locator(f'[role=grid][aria-rowcount="{symbols + 1}"]').wait_for(timeout=_LOAD_MS)
        await page.locator(".rows .digits").first.wait_for()
        load = await _load(page)
        session = await page.context.new_cdp_session(page)
        with running.ticker.at_full_rate():
            await asyncio.sleep(_SETTLED_S)
            before = await _heap_mib(session)
            seen = await page.evaluate(
                "([seconds, scrolls]) => meter.watch(seconds, scrolls)", [window_s, is_scrolling]
            )
            growth = await _heap_mib(session) - before
        await browser.close()
    if not seen["frames"]:
        raise BenchError("the browser painted no frame")
    return load, Window(tuple(seen["frames"]), tuple(seen["pixels"]), growth)


async def _load(page: Page) -> Figures:
    loaded: dict[str, Any] = await page.evaluate("meter.load()")
    return {"script_gzip_kb": loaded["scriptBytes"] / 1000, "first_contentful_paint_ms": loaded["paintMs"]}


async def _heap_mib(session: CDPSession) -> float:
    """Return what the page's scripts hold, without garbage."""
    await session.send("HeapProfiler.enable")
    await session.send("HeapProfiler.collectGarbage")
    usage = await session.send("Runtime.getHeapUsage")
    return float(usage["usedSize"]) / (1 << 20)
