"""A look at a page through its feed file: the producer's own eyes, for some seconds, with nothing published."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import NoReturn

from feed.status import ProducerReport, ProducerState
from feed.tick import Quote
from producer.errors import LoggedOut, PageFault
from producer.feedfile import FeedFile
from producer.inspection import Inspection, Rates, field_findings
from producer.picture import take_picture
from producer.plan import observer_script
from producer.rig import Rig
from producer.robots import check_robots
from producer.rules import FieldName
from producer.source import Source
from producer.tab import Rung, Tab
from producer.tap import Tap
from producer.watch import Watch

_ARRIVAL_S = 60.0


class Inspector:
    """Looks at the page of one feed file, once. An outlet of the producer that passes nothing on."""

    def __init__(self, feed: FeedFile) -> None:
        self.quotes = 0
        """So far."""
        self.latest: ProducerReport | None = None
        """The newest status of the page; `None`: none yet."""
        self._feed = feed
        self._source = Source(feed, self)
        self._tap: Tap | None = None
        self._told = asyncio.Event()

    async def inspect(self, seconds: float, wants_picture: Callable[[Inspection], bool]) -> Inspection:
        """Open the page, wait until it can be judged (60 s at most), and watch it for some seconds more.

        A page that does not load, answer or stay is one of the findings.

        Raises:
            FeedFileError: the feed file cannot be used.
            BrowserNotFound, BrowserBroken, RobotsRefused: see `producer.errors`.
        """
        rig = Rig(self._feed.page)
        tab = Tab(rig, self._feed.page, observer_script(self._feed))
        watching = asyncio.create_task(self._watch(tab))
        try:
            await self._judged(watching)
            before, begun_s = self._changes(), time.monotonic()
            await asyncio.wait([watching], timeout=seconds)
            fault = watching.exception() if watching.done() else None
            if fault is not None and not isinstance(fault, PageFault):
                raise fault
            found = self._found(fault, before, time.monotonic() - begun_s)
            return replace(found, picture=await self._picture(found)) if wants_picture(found) else found
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            tab.close()
            await rig.close()

    def publish(self, quote: Quote) -> None:
        """Count a quote."""
        self.quotes += 1

    def report(self, report: ProducerReport) -> None:
        """Take the newest word about the page."""
        self.latest = report
        self._told.set()

    async def _watch(self, tab: Tab) -> NoReturn:
        """Watch as the producer does, but give up at the first fault that logging in does not mend."""
        tap = self._tap = await tab.renew(Rung.RELOAD)
        await check_robots(tab.context.request, self._feed.page)
        try:
            await Watch(self._source, tap).run()
        except LoggedOut as fault:
            if not self._source.login.possible:
                raise
            await self._source.login.answer(fault, tap.page)
            await Watch(self._source, tap).run()

    async def _judged(self, watching: asyncio.Task[NoReturn]) -> None:
        """Wait until there is more to be said of the page than that it is being opened."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_ARRIVAL_S):
                while not watching.done() and (self.latest is None or self.latest.state is ProducerState.STARTING):
                    self._told.clear()
                    told = asyncio.create_task(self._told.wait())
                    await asyncio.wait([watching, told], return_when=asyncio.FIRST_COMPLETED)
                    told.cancel()

    def _changes(self) -> dict[tuple[str, FieldName], int]:
        symbols = self._source.quoter.symbols.items()
        return {(symbol, name): field.changes for symbol, state in symbols for name, field in state.fields.items()}

    def _found(self, fault: PageFault | None, before: dict[tuple[str, FieldName], int], seconds: float) -> Inspection:
        if fault is not None:
            self._source.sight.lost(str(fault))
        # Being told is what a complaint that holds no more is forgiven by.
        self._source.announce()
        self._source.announce()
        assert self.latest is not None
        # Of a field that was not seen before, its first text is no change.
        rates: Rates = {
            place: (changes - before.get(place, 1)) / max(seconds, 0.001) for place, changes in self._changes().items()
        }
        fields = tuple(field_findings(self._source, self.latest, rates))
        sight = self._source.sight
        timer_hz = next((beat.timer_hz for beat in sight.beats.values() if beat.top), None)
        return Inspection(self.latest.state, self.latest.reason, sight.page_name, seconds, fields, timer_hz)

    async def _picture(self, found: Inspection) -> bytes | None:
        if self._tap is None:
            return None
        unwell = [f"{field.symbol} {field.field}" for field in found.fields if field.reason is not None]
        return await take_picture(self._tap, list(self._source.sight.beats), unwell)
