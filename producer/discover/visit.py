"""A visit to a page: it is looked at again and again, and what is on it told and drawn."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.async_api import BrowserContext, FloatRect, Frame, Page

from tickql.producer.discover.errors import DiscoverError
from tickql.producer.discover.inference.diagnosis import diagnose
from tickql.producer.discover.inference.findings import Findings, all_frames
from tickql.producer.discover.inference.price_search import find_prices
from tickql.producer.discover.inference.records import find_streams
from tickql.producer.discover.navigation import open_page
from tickql.producer.discover.page.collector import Collector, Seen
from tickql.producer.discover.page.outline import Outline
from tickql.producer.discover.page.received_messages import MessageCollector
from tickql.producer.feedfile.page_settings import PageSettings

_LOOK_EACH_S = 1.0
_QUIET_S = 3.0
_AT_LEAST_S = 4.0
_MAX_NAVIGATIONS = 15
_MARGIN_PX = 20
_COLOURS = {"ask": "#d33", "bid": "#27c", "last": "#283"}

Progress = Callable[[Findings, float], None]
"""Told of each look: what is found so far, and how many seconds of watching are over."""


@dataclass(frozen=True)
class DiscoveryRequest:
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


class Visit:
    """One page, from before its first navigation on."""

    def __init__(self, page: Page, wish: DiscoveryRequest, collector: Collector, listener: MessageCollector) -> None:
        self.page = page
        self._wish = wish
        self._collector = collector
        self._listener = listener
        self._looked: Seen = []
        self._navigations = 0
        page.on("framenavigated", self._on_navigated)

    @classmethod
    async def open(cls, context: BrowserContext, wish: DiscoveryRequest) -> "Visit":
        """A page of a browser's session that has not been anywhere yet."""
        page = await context.new_page()
        return cls(page, wish, await Collector.open(page), await MessageCollector.open(page))

    async def watch(self, progress: Progress) -> Findings:
        """Go there and look, until the time is over or nothing new is learnt.

        Raises:
            DiscoverError: it does not load, is no page, or wants a login.
        """
        await open_page(self.page, self._wish.page.url)
        started = news = time.monotonic()
        known: tuple[object, ...] = ()
        while True:
            await asyncio.sleep(min(_LOOK_EACH_S, self._wish.seconds))
            if self._navigations > _MAX_NAVIGATIONS:
                raise DiscoverError(f"{self._wish.page.url}: redirects for ever, last to {self.page.url[:200]}")
            self._looked = await self._collector.look()
            findings = self._find([outline for _, outline in self._looked])
            if not findings.rules:
                findings = replace(findings, streams=find_streams(self._listener.flows()))
            now = time.monotonic()
            if findings.learnt() != known:
                known, news = findings.learnt(), now
            progress(findings, now - started)
            finished = known and now - started >= _AT_LEAST_S and now - news >= _QUIET_S
            if finished or now - started >= self._wish.seconds:
                self._listener.close()
                return findings

    def seen_instead(self) -> str:
        """One line for a page without prices."""
        return diagnose([outline for _, outline in self._looked], self._wish.page.url)

    async def shown(self) -> dict[str, list[str]]:
        """What asks, bids and lasts have shown lately, where they were and, rows may have moved, where they are now."""
        shown: dict[str, list[str]] = defaultdict(list)
        for place, outline in [*self._looked, *await self._collector.look()]:
            names = {spot.id: each.name for _, _, each, spot in self._find([outline]).rows()}
            for spot, texts in (await self._collector.texts(place, list(names))).items():
                shown[names[spot]] += texts
        return shown

    async def picture(self, findings: Findings) -> bytes:
        """PNG with a box around each price."""
        for place, outline in self._looked:
            inside = set(outline.spots)
            drawn = [
                (spot.id, f"{symbol} {each.name.upper()}", _COLOURS[each.name])
                for _, symbol, each, spot in findings.rows()
                if spot in inside
            ]
            await self._collector.frame(place, drawn)
        return await self.page.screenshot(timeout=15_000, clip=self._clip())

    def _find(self, outlines: Sequence[Outline]) -> Findings:
        found = [find_prices(outline, self._wish.format) for outline in outlines]
        if not found:
            return Findings(self._wish.page.url, "", 0.0, ())
        return replace(found[0], url=self._wish.page.url, rules=all_frames(findings.rules for findings in found))

    def _clip(self) -> FloatRect | None:
        """The window as far down as the page has anything in it; `None`: all of it."""
        size = self.page.viewport_size
        if size is None or not self._looked:
            return None
        below = max((node.box.bottom for node in self._looked[0][1].nodes), default=0.0) + _MARGIN_PX
        return {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], below)}

    def _on_navigated(self, frame: Frame) -> None:
        self._navigations += frame is self.page.main_frame
