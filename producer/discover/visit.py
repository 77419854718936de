"""One visit to a page: watches the page, infers findings from it once a second, and takes the screenshot."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.async_api import BrowserContext, FloatRect, Frame, Page

from tickql.producer.browser.launch import open_tab
from tickql.producer.discover.errors import DiscoverError
from tickql.producer.discover.inference.diagnosis import diagnose
from tickql.producer.discover.inference.findings import Findings, merge_frames
from tickql.producer.discover.inference.message_diagnosis import diagnose_messages
from tickql.producer.discover.inference.page_prices import find_prices
from tickql.producer.discover.inference.records import find_streams
from tickql.producer.discover.inference.shown_prices import shown_streams, shows_changing_numbers
from tickql.producer.discover.navigation import open_page
from tickql.producer.discover.page.collector import Collector, FrameOutlines
from tickql.producer.discover.page.obstacles import describe_obstacles
from tickql.producer.discover.page.outline import Outline
from tickql.producer.discover.page.received_messages import MessageCollector
from tickql.producer.errors import excerpt
from tickql.producer.feedfile.page_settings import PageSettings

_INTERVAL_S = 1.0
# Watching ends early if nothing new was found for this time, but not before the minimum.
_NOTHING_NEW_S = 3.0
_MIN_WATCH_S = 4.0
_MAX_NAVIGATIONS = 15
_SCREENSHOT_MS = 15_000
_MARGIN_PX = 20
_COLOURS = {"ask": "#d33", "bid": "#27c", "last": "#283"}
_RECEIVED = (
    "no number that the page shows could be taken: the prices in the file come from messages that the page receives"
)

Progress = Callable[[Findings, float], None]
"""A callback after each inference: the findings so far, and the seconds of watching so far."""


@dataclass(frozen=True)
class DiscoveryRequest:
    """The page to watch, and the settings of the watching."""

    page: PageSettings
    path: Path
    """The path of the feed file to be written, for error messages."""
    seconds: float = 10.0
    """The longest time to watch."""
    format: str | None = None
    """The number format of the page, if the user gives it."""
    lines: tuple[str, ...] = ()
    """Further lines for the `[page]` section of the feed file."""


class Visit:
    """One page, from before its first navigation."""

    def __init__(self, page: Page, request: DiscoveryRequest, collector: Collector, messages: MessageCollector) -> None:
        self.page = page
        self._request = request
        self._collector = collector
        self._messages = messages
        self._outlines: FrameOutlines = []
        self._navigations = 0
        page.on("framenavigated", self._on_navigated)

    @classmethod
    async def open(cls, context: BrowserContext, request: DiscoveryRequest) -> "Visit":
        """Open a blank page and install the collectors in it."""
        page = await open_tab(context, request.page)
        return cls(page, request, await Collector.open(page), await MessageCollector.open(page))

    async def watch(self, progress: Progress) -> Findings:
        """Load the page and watch it until the time is over or nothing new is found. Returns the last findings.

        Raises:
            DiscoverError: the page does not load, is not HTML, needs a login, or redirects without end.
        """
        await open_page(self.page, self._request.page)
        started = last_new = time.monotonic()
        known: tuple[object, ...] = ()
        while True:
            await asyncio.sleep(min(_INTERVAL_S, self._request.seconds))
            if self._navigations > _MAX_NAVIGATIONS:
                raise DiscoverError(
                    f"{self._request.page.url}: redirects without end, last to {excerpt(self.page.url, 200)}"
                )
            self._outlines = await self._collector.outlines()
            findings = self._infer([outline for _, outline in self._outlines])
            # What the page shows counts more than what it receives: a message may not be what the page makes of it.
            if not findings.rules:
                findings = self._with_streams(findings)
            now = time.monotonic()
            if findings.fingerprint() != known:
                known, last_new = findings.fingerprint(), now
            progress(findings, now - started)
            is_complete = known and now - started >= _MIN_WATCH_S and now - last_new >= _NOTHING_NEW_S
            if is_complete or now - started >= self._request.seconds:
                self._messages.close()
                return findings

    async def diagnosis(self, findings: Findings) -> str:
        """Return one line about a page without prices.

        It says what was seen but not taken, or what is there instead and what a visitor would do.
        """
        if findings.notes:
            more = f" (and {len(findings.notes) - 1} more)" if len(findings.notes) > 1 else ""
            return f"no prices found: {findings.notes[0]}{more}"
        lines = [
            diagnose([outline for _, outline in self._outlines], self._request.page.url),
            diagnose_messages(self._messages.streams()),
            await describe_obstacles(self.page),
        ]
        return "; ".join(filter(None, lines))

    async def shown(self) -> dict[tuple[str, str], list[str]]:
        """Return the texts that prices have shown lately, by symbol and field.

        Both the places of the last inference and the current ones count: rows may have moved in between.
        """
        shown: dict[tuple[str, str], list[str]] = defaultdict(list)
        for place, outline in [*self._outlines, *await self._collector.outlines()]:
            rows = {spot.id: (symbol, each, spot) for _, symbol, each, spot in self._infer([outline]).rows()}
            for number, texts in (await self._collector.texts(place, list(rows))).items():
                symbol, each, spot = rows[number]
                shown[symbol, each.name] += map(spot.as_read, texts)
        return shown

    async def screenshot(self, findings: Findings) -> bytes:
        """Return a PNG of the page with a box around each price."""
        for place, outline in self._outlines:
            own = set(outline.spots)
            boxes = [
                (spot.id, f"{symbol} {each.name.upper()}", _COLOURS[each.name])
                for _, symbol, each, spot in findings.rows()
                if spot in own
            ]
            await self._collector.draw_boxes(place, boxes)
        return await self.page.screenshot(timeout=_SCREENSHOT_MS, clip=self._clip())

    def _infer(self, outlines: Sequence[Outline]) -> Findings:
        found = [find_prices(outline, self._request.format) for outline in outlines]
        if not found:
            return Findings(self._request.page.url, "", 0.0, ())
        rules = merge_frames(findings.rules for findings in found)
        notes = tuple(dict.fromkeys(note for findings in found for note in findings.notes))
        return replace(found[0], url=self._request.page.url, rules=rules, notes=notes)

    def _with_streams(self, findings: Findings) -> Findings:
        """Return the findings with the prices that the page receives.

        Of a page that shows changing numbers only those that it shows: a message may hold any others.
        """
        streams, notes = find_streams(self._messages.streams()), list(findings.notes)
        outlines = [outline for _, outline in self._outlines]
        if streams and shows_changing_numbers(outlines, self._request.format):
            streams, left = shown_streams(streams, outlines)
            notes += [*([_RECEIVED] if streams else []), *left]
        return replace(findings, streams=streams, notes=tuple(notes))

    def _clip(self) -> FloatRect | None:
        """Return the part of the window down to the last element; `None`: the whole window."""
        size = self.page.viewport_size
        if size is None or not self._outlines:
            return None
        bottom = max((node.box.bottom for node in self._outlines[0][1].nodes), default=0.0) + _MARGIN_PX
        return {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], bottom)}

    def _on_navigated(self, frame: Frame) -> None:
        self._navigations += frame is self.page.main_frame
