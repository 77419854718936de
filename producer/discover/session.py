"""Opens a page, watches it, and proves what was found: the part of discovery that needs a browser."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, FloatRect, Page
from playwright.async_api import Error as PlaywrightError

from producer.browser import launch_browser, open_context, running_driver
from producer.discover import proof
from producer.discover.collector import Collector, Seen
from producer.discover.errors import DiscoverError
from producer.discover.findings import Findings, all_frames
from producer.discover.going import go
from producer.discover.hearing import unheard
from producer.discover.inference import find_prices
from producer.discover.listening import Listener
from producer.discover.outline import Outline
from producer.discover.records import find_streams
from producer.discover.seen import instead
from producer.discover.writing import feed_file
from producer.errors import PageFault
from producer.loadfault import in_a_line
from producer.pagesettings import PageSettings
from producer.tap import Tap

_LOOK_EACH_S = 1.0
_QUIET_S = 3.0
_AT_LEAST_S = 4.0
_PROOF_S = 10.0
_VISIT_S = 15.0
_ROUNDS = 2
_MAX_NAVIGATIONS = 15
_MARGIN_PX = 20
_COLOURS = {"ask": "#d33", "bid": "#27c", "last": "#283"}

Progress = Callable[[Findings, float], None]
"""Told of each look: what is found so far, and how many seconds of watching are over."""


@dataclass(frozen=True)
class Wish:
    """What to look at, and how."""

    page: PageSettings
    path: Path
    """Where the feed file will be: it is named in errors."""
    seconds: float = 10.0
    """The longest time to watch."""
    format: str | None = None
    """How the page writes numbers, where the user says so."""
    lines: tuple[str, ...] = ()
    """More lines for the `[page]` of the feed file."""


@dataclass(frozen=True)
class Discovery:
    """What came of it."""

    findings: Findings
    text: str
    """The feed file."""
    picture: bytes
    """PNG of the page with a box around each price."""
    faults: tuple[str, ...]
    """What the proof on the page took back."""


async def discover(wish: Wish, progress: Progress) -> Discovery:
    """Look for prices on a page.

    Raises:
        DiscoverError: no page, or no prices on it.
        BrowserNotFound: see `producer.browser`.
    """
    async with AsyncExitStack() as stack:
        try:
            driver = await stack.enter_async_context(running_driver())
            browser = await launch_browser(driver, wish.page)
            stack.push_async_callback(browser.close)
        except PlaywrightError as error:
            raise DiscoverError(f"the browser does not start: {in_a_line(error)}") from error
        return await discover_in(browser, wish, progress)


async def discover_in(browser: Browser, wish: Wish, progress: Progress) -> Discovery:
    """The same in a browser that is there already, in a session of its own."""
    context = await open_context(browser, wish.page)
    try:
        return await _Session(wish, context, progress).run()
    except PageFault as error:
        raise DiscoverError(f"{wish.page.url}: {error}") from error
    except PlaywrightError as error:
        raise DiscoverError(f"{wish.page.url}: the browser says: {in_a_line(error)}") from error
    finally:
        await context.close()


class _Session:
    def __init__(self, wish: Wish, context: BrowserContext, progress: Progress) -> None:
        self._wish = wish
        self._context = context
        self._progress = progress
        self._navigations = 0

    async def run(self) -> Discovery:
        page = await self._context.new_page()
        page.on("framenavigated", lambda frame: self._count(frame is page.main_frame))
        collector = await Collector.open(page)
        listener = await Listener.open(page)
        await go(page, self._wish.page.url)
        looked, findings = await self._watch(page, collector, listener)
        listener.close()
        if not findings.rules and not findings.streams:
            raise DiscoverError(
                f"{self._wish.page.url}: {instead([outline for _, outline in looked], self._wish.page.url)}"
            )
        faults: list[str] = []
        if findings.settled:
            findings, faults = await self._prove_here(page, collector, looked, findings)
        picture = await self._picture(page, collector, looked, findings)
        for _ in range(_ROUNDS if findings.settled else 0):
            findings, more = await self._prove_again(findings)
            faults += more
            if not more or not findings.settled:
                break
        if findings.streams:
            findings, faults = await self._prove_streams(findings)
        if not findings.rules and not findings.streams:
            raise DiscoverError(f"{self._wish.page.url}: what was found could not be found again: {faults[0]}")
        text = feed_file(findings, self._wish.lines)
        if findings.usable:
            proof.draft(findings, self._wish.path, self._wish.lines)
        return Discovery(findings, text, picture, tuple(faults))

    def _count(self, main: bool) -> None:
        self._navigations += main

    async def _watch(self, page: Page, collector: Collector, listener: Listener) -> tuple[Seen, Findings]:
        """Look again and again, until the time is over or nothing new is learnt."""
        started = news = time.monotonic()
        known: tuple[object, ...] = ()
        while True:
            await asyncio.sleep(min(_LOOK_EACH_S, self._wish.seconds))
            if self._navigations > _MAX_NAVIGATIONS:
                raise DiscoverError(f"{self._wish.page.url}: redirects for ever, last to {page.url[:200]}")
            looked = await collector.look()
            findings = self._find([outline for _, outline in looked])
            if not findings.rules:
                findings = replace(findings, streams=find_streams(listener.flows()))
            now = time.monotonic()
            if findings.learnt() != known:
                known, news = findings.learnt(), now
            self._progress(findings, now - started)
            finished = known and now - started >= _AT_LEAST_S and now - news >= _QUIET_S
            if finished or now - started >= self._wish.seconds:
                return looked, findings

    def _find(self, outlines: Sequence[Outline]) -> Findings:
        found = [find_prices(outline, self._wish.format) for outline in outlines]
        if not found:
            return Findings(self._wish.page.url, "", 0.0, ())
        return replace(found[0], url=self._wish.page.url, rules=all_frames(findings.rules for findings in found))

    async def _prove_here(
        self, page: Page, collector: Collector, looked: Seen, findings: Findings
    ) -> tuple[Findings, list[str]]:
        """The observer reads the same page: what it reads must be what was found."""
        feed = proof.draft(findings, self._wish.path, self._wish.lines)
        reader = proof.Reader(await Tap.open(page, proof.script_of(findings, self._wish.path, self._wish.lines)))
        await reader.read(lambda: proof.is_enough(findings, reader), _PROOF_S)
        shown: dict[str, list[str]] = defaultdict(list)
        # Rows may have moved meanwhile: what the places showed where they were, and where they are now.
        for place, outline in [*looked, *await collector.look()]:
            names = {spot.id: each.name for _, _, each, spot in self._find([outline]).rows()}
            for spot, texts in (await collector.texts(place, list(names))).items():
                shown[names[spot]] += texts
        return proof.judge(findings, feed, reader, shown)

    async def _prove_again(self, findings: Findings) -> tuple[Findings, list[str]]:
        """A second visit, as the producer will make it: what is found must still be there."""
        page = await self._context.new_page()
        try:
            feed = proof.draft(findings, self._wish.path, self._wish.lines)
            reader = proof.Reader(await Tap.open(page, proof.script_of(findings, self._wish.path, self._wish.lines)))
            await go(page, self._wish.page.url)
            await reader.read(lambda: proof.is_enough(findings, reader), _VISIT_S)
            return proof.judge(findings, feed, reader, None)
        finally:
            await page.close()

    async def _prove_streams(self, findings: Findings) -> tuple[Findings, list[str]]:
        """A second visit too: what the page received must come again, and be read by the producer's own reader."""
        feed = proof.draft(findings, self._wish.path, self._wish.lines)
        page = await self._context.new_page()
        try:
            lost = await unheard(page, lambda: go(page, self._wish.page.url), feed, _VISIT_S)
        finally:
            await page.close()
        left = tuple(each for number, each in enumerate(findings.streams) if number not in lost)
        gone = [findings.streams[number].origin for number in lost]
        return replace(findings, streams=left), [f"{each.kind} {each.url}: not heard again" for each in gone]

    async def _picture(self, page: Page, collector: Collector, looked: Seen, findings: Findings) -> bytes:
        for place, outline in looked:
            inside = set(outline.spots)
            drawn = [
                (spot.id, f"{symbol} {each.name.upper()}", _COLOURS[each.name])
                for _, symbol, each, spot in findings.rows()
                if spot in inside
            ]
            await collector.frame(place, drawn)
        return await page.screenshot(timeout=15_000, clip=_clip(page, looked))


def _clip(page: Page, looked: Seen) -> FloatRect | None:
    """The window as far down as the page has anything in it."""
    size = page.viewport_size
    if size is None or not looked:
        return None
    below = max(node.box.bottom for node in looked[0][1].nodes) + _MARGIN_PX
    return {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], below)}
