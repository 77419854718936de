"""The watcher of one page: loads the page, handles its events, and ends with a fault when it fails."""

import asyncio
import time
from collections import deque
from typing import NoReturn

from playwright.async_api import Error as PlaywrightError

from tickql.producer.capture.messages import Flush
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.capture.observer_events import FrameMessage, ObserverEvent
from tickql.producer.errors import LoggedOut, PageBlank, PageHung
from tickql.producer.health.page_access import AccessProblem, AccessTimeouts
from tickql.producer.streams.events import StreamEvent
from tickql.producer.streams.listener import StreamListener
from tickql.producer.watch.acknowledger import Acknowledger
from tickql.producer.watch.feed_source import FeedSource
from tickql.producer.watch.keep_alive import KeepAlive
from tickql.producer.watch.message_handler import MessageHandler
from tickql.producer.watch.page_loading import load_page
from tickql.producer.watch.page_preparation import PagePreparation
from tickql.producer.watch.silence import CHECK_S, SilenceStep, SilenceWatchdog

_BLANK_S = 60.0
"""A page without anything of the feed file is reloaded after this time: some pages take many seconds to build."""
_BATCH_EVENTS = 50
"""Events handled without a pause: other tasks of the event loop get a turn between batches."""
_LARGE_READINGS = 50
"""Readings of one message after which the publisher gets a turn at once, before more messages are handled."""


class PageWatcher:
    """Watches one page, from loading it to its end.

    Four tasks work for a page: `run` handles events and checks deadlines; `Acknowledger.run`, `KeepAlive.run` and
    `PagePreparation.run` call into the page. Only those three wait for the page, so a hung page cannot stop `run`.

    `hangs`: how many times in a row the page was found hung (see `SilenceWatchdog`).
    """

    def __init__(self, source: FeedSource, observer: ObserverClient, *, hangs: int = 0) -> None:
        self._source = source
        self._observer = observer
        self._listener = StreamListener(observer.page, observer.session, source.page_status.streams, observer.arrived)
        self._keep_alive = KeepAlive(observer.page, source.feed.page)
        self._preparation = PagePreparation(source, observer.page)
        self._acknowledger = Acknowledger(observer, source.page_status)
        self._handler = MessageHandler(source, self._acknowledger, self._keep_alive)
        self._silence = SilenceWatchdog(hangs)
        self._access_timeouts = AccessTimeouts(has_window=not source.feed.page.headless)
        self._login_version = source.login.version
        self._events: deque[ObserverEvent | StreamEvent] = deque()
        self._blank_since_s = time.monotonic()
        self._helpers: list[asyncio.Task[NoReturn]] = []

    @property
    def observer(self) -> ObserverClient:
        """The client of the page."""
        return self._observer

    @property
    def is_silent(self) -> bool:
        """Whether the page has sent nothing for longer than a page that is well ever takes."""
        return self._silence.is_silent

    @property
    def prices_since_s(self) -> float | None:
        """Since when the page shows prices that may be published (monotonic seconds); `None`: it shows none."""
        return self._handler.prices_since_s

    def inherit_health(self, replaced: "PageWatcher") -> None:
        """Count the time with prices from where the replaced page's watcher began: a handover is no new start."""
        self._handler.prices_since_s = replaced.prices_since_s or self.prices_since_s

    async def run(self) -> NoReturn:
        """Watch the page until a fault ends it.

        Raises:
            PageFault: the page is no longer watched; says why.
            FeedFileError: the browser refuses a selector.
        """
        self._observer.drain()
        self._source.quote_builder.remove_frame(None)
        self._source.page_status.start_loading()
        self._source.report_status()
        self._helpers = [asyncio.create_task(self._acknowledger.run()), asyncio.create_task(self._keep_alive.run())]
        try:
            self._preparation.open()
            await self._open_listener()
            await load_page(self._source, self._observer)
            self._helpers.append(asyncio.create_task(self._preparation.run()))
            await self._handle_events()
        finally:
            self._listener.close()
            self._preparation.close()
            for helper in self._helpers:
                helper.cancel()

    def handle_pending(self) -> None:
        """Handle at once all events that have arrived.

        Raises:
            PageFault: the page is no longer watched; says why.
        """
        self._collect()
        while self._events:
            self._handler.handle(self._events.popleft())

    def _collect(self) -> None:
        self._events.extend(self._observer.drain())
        self._events.extend(self._listener.pop_all())

    async def _open_listener(self) -> None:
        try:
            await self._listener.open()
        except PlaywrightError as error:
            raise PageHung("the page does not answer") from error

    async def _handle_events(self) -> NoReturn:
        next_check_s = time.monotonic() + CHECK_S
        while True:
            await self._wait_until(next_check_s)
            self._collect()
            while self._events:
                self._handler.handle(event := self._events.popleft())
                # Events stay in `_events` during the pause: a handover that drains this page handles them in order.
                if len(self._events) % _BATCH_EVENTS == 0 or _is_large(event):
                    await asyncio.sleep(0)
            if time.monotonic() < next_check_s:
                continue
            next_check_s = time.monotonic() + CHECK_S
            # A helper ends only with an error. Without it the page would be watched by half.
            for helper in self._helpers:
                if helper.done():
                    await helper
            has_message, self._handler.has_message = self._handler.has_message, False
            self._check_silence(has_message=has_message)
            self._check_deadlines(time.monotonic())
            self._preparation.check_document()

    async def _wait_until(self, deadline_s: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, deadline_s - time.monotonic())):
                await self._observer.arrived.wait()
        except TimeoutError:
            return

    def _check_silence(self, *, has_message: bool) -> None:
        match self._silence.check(has_message=has_message):
            case SilenceStep.PROBE:
                self._acknowledger.probe()
            case SilenceStep.STALE:
                self._source.page_status.mark_stale(self._silence.reason)
                self._source.report_status()
            case SilenceStep.HUNG:
                raise PageHung(self._silence.reason)

    def _check_deadlines(self, now_s: float) -> None:
        """End the watching of a page that has refused access, or shown nothing of the feed file, for too long."""
        status, login = self._source.page_status, self._source.login
        is_logged_out = status.access is not None and status.access.kind is AccessProblem.LOGGED_OUT
        if is_logged_out and login.version != self._login_version:
            raise LoggedOut("logged out; a new login has been saved", has_new_login=True)
        fault = self._access_timeouts.fault(status.access, now_s, can_login=login.possible)
        if fault is not None:
            raise fault
        if self.prices_since_s is not None or status.access is not None:
            self._blank_since_s = now_s
        elif now_s - self._blank_since_s > _BLANK_S:
            raise PageBlank(f"nothing of the feed file has been on {status.page_name} for {_BLANK_S:.0f} s")


def _is_large(event: ObserverEvent | StreamEvent) -> bool:
    return (
        isinstance(event, FrameMessage)
        and isinstance(event.message, Flush)
        and len(event.message.readings) >= _LARGE_READINGS
    )
