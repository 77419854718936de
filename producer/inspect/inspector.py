"""One look at a page through its feed file: the producer's own watching, for some seconds, without publishing."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import NoReturn

from tickql.feed.status import ProducerReport, ProducerState
from tickql.feed.tick import Quote
from tickql.producer.browser.robots import check_robots
from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.capture.observer_config import observer_script
from tickql.producer.errors import LoggedOut, PageFault
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.price_fields import FieldName
from tickql.producer.inspect.inspection import Inspection, Rates, field_findings
from tickql.producer.inspect.losses import losses_of
from tickql.producer.inspect.screenshot import take_screenshot
from tickql.producer.watch.feed_source import FeedSource
from tickql.producer.watch.page_lifecycle import PageLifecycle, RestartLevel
from tickql.producer.watch.page_watcher import PageWatcher

# As long as a page may take to load and to show its first prices. Then the report is about what is there.
_FIRST_STATE_TIMEOUT_S = 60.0


class Inspector:
    """Looks at the page of one feed file, once. It is the quote sink of the watching, and only counts."""

    def __init__(self, feed: FeedFile) -> None:
        self.quotes = 0
        """Quotes so far."""
        self.latest: ProducerReport | None = None
        """The newest status of the page; `None`: none yet."""
        self._feed = feed
        self._source = FeedSource(feed, self)
        self._observer: ObserverClient | None = None
        self._reported = asyncio.Event()

    async def inspect(self, seconds: float, wants_screenshot: Callable[[Inspection], bool]) -> Inspection:
        """Open the page, wait for its first state (60 s at most), then watch it for some seconds more.

        A page that does not load or fails meanwhile is not an error here: that is a finding. `wants_screenshot` decides
        by the findings whether a screenshot is taken.

        Raises:
            FeedFileError: the feed file cannot be used.
            BrowserNotFound, BrowserBroken, RobotsRefused: see `tickql.producer.errors`.
        """
        shared_browser = SharedBrowser(self._feed.page)
        lifecycle = PageLifecycle(shared_browser, self._feed.page, observer_script(self._feed))
        watching = asyncio.create_task(self._watch(lifecycle))
        try:
            await self._wait_for_first_state(watching)
            before, begun_s = self._changes(), time.monotonic()
            await asyncio.wait([watching], timeout=seconds)
            # A fault of the page is a finding; all other errors are the caller's.
            fault = watching.exception() if watching.done() else None
            if fault is not None and not isinstance(fault, PageFault):
                raise fault
            found = self._findings(fault, before, time.monotonic() - begun_s)
            return replace(found, screenshot=await self._screenshot(found)) if wants_screenshot(found) else found
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            lifecycle.close()
            await shared_browser.close()

    def publish(self, quote: Quote) -> None:
        """Count a quote."""
        self.quotes += 1

    def report(self, report: ProducerReport) -> None:
        """Keep the newest status of the page."""
        self.latest = report
        self._reported.set()

    async def _watch(self, lifecycle: PageLifecycle) -> NoReturn:
        """Watch as the producer does, but end at the first fault. Only a page that is logged out gets one login."""
        observer = self._observer = await lifecycle.restart(RestartLevel.RELOAD)
        await check_robots(lifecycle.context.request, self._feed.page)
        try:
            await PageWatcher(self._source, observer).run()
        except LoggedOut as fault:
            if not self._source.login.possible:
                raise
            await self._source.login.log_in_after(fault, observer.page)
            await PageWatcher(self._source, observer).run()

    async def _wait_for_first_state(self, watching: asyncio.Task[NoReturn]) -> None:
        """Wait until the page has any state but STARTING, or the watching has ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_STATE_TIMEOUT_S):
                while not watching.done() and (self.latest is None or self.latest.state is ProducerState.STARTING):
                    self._reported.clear()
                    reported = asyncio.create_task(self._reported.wait())
                    await asyncio.wait([watching, reported], return_when=asyncio.FIRST_COMPLETED)
                    reported.cancel()

    def _changes(self) -> dict[tuple[str, FieldName], int]:
        symbols = self._source.quote_builder.symbols.items()
        return {(symbol, name): field.changes for symbol, state in symbols for name, field in state.fields.items()}

    def _findings(
        self, fault: PageFault | None, before: dict[tuple[str, FieldName], int], seconds: float
    ) -> Inspection:
        if fault is not None:
            self._source.page_status.mark_stale(str(fault))
        # The first report drops the problems that are solved, the second one is without them.
        self._source.report_status()
        self._source.report_status()
        assert self.latest is not None
        # The first text of a field is no change: a field that appeared since `before` has one change too many.
        rates: Rates = {
            place: (changes - before.get(place, 1)) / max(seconds, 0.001) for place, changes in self._changes().items()
        }
        fields = tuple(field_findings(self._source, self.latest, rates))
        page_status = self._source.page_status
        timer_hz = next((heartbeat.timer_hz for heartbeat in page_status.heartbeats.values() if heartbeat.top), None)
        state, reason = self._with_losses(self.latest.state, self.latest.reason)
        return Inspection(state, reason, page_status.page_name, seconds, fields, timer_hz)

    def _with_losses(self, state: ProducerState, reason: str | None) -> tuple[ProducerState, str | None]:
        """Return the state of the page and its reason; not LIVE if the producer would lose or doubt anything of it."""
        losses = losses_of(self._source)
        if state is not ProducerState.LIVE or not losses:
            return state, reason
        return ProducerState.DEGRADED, "; ".join(losses)

    async def _screenshot(self, found: Inspection) -> bytes | None:
        if self._observer is None:
            return None
        failing = [f"{field.name or field.symbol} {field.field}" for field in found.fields if field.reason is not None]
        return await take_screenshot(self._observer, list(self._source.page_status.heartbeats), failing)
