"""Watching one page: loads it, turns what it says into quotes and status, and notices when it falls silent."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Response

from tickql.producer.browser.load_errors import describe_load_error
from tickql.producer.capture.messages import Flush, Heartbeat, Reading
from tickql.producer.capture.observer_client import FrameGone, FrameMessage, Item, ObserverClient
from tickql.producer.capture.selector_errors import describe_selector_error
from tickql.producer.clock import now_us
from tickql.producer.errors import (
    FeedFileError,
    LoggedOut,
    PageBlank,
    PageBlocked,
    PageFault,
    PageHung,
    PageUnreachable,
)
from tickql.producer.health.challenges import REFUSING, challenge, retry_after_s
from tickql.producer.health.page_access import AccessProblem, AccessTimeouts
from tickql.producer.streams.events import (
    ConnectionClosed,
    ConnectionOpened,
    DocumentReplaced,
    MessageReceived,
    MessagesLost,
    StreamEvent,
)
from tickql.producer.streams.listener import StreamListener
from tickql.producer.streams.stream_set import STREAM_CONTEXT
from tickql.producer.watch.feed_source import FeedSource
from tickql.producer.watch.keep_alive import KeepAlive

_LOAD_S = 30.0
_SLOW_S = 3.0
_BODY_S = 5.0
_CHECK_S = 0.25
_PROBE_CHECKS = 6
_STALE_CHECKS = 9
_HUNG_CHECKS = 16
_MAX_HUNG_CHECKS = 128
_BLANK_S = 60.0
_FAIR_SHARE = 50


class PageWatcher:
    """One page, from loading it to its end.

    `hangs`: how many times in a row the page was taken for hung. It may just be slow to build itself: each time it is
    given twice as long, from 4 s up to 32.
    """

    def __init__(self, source: FeedSource, observer: ObserverClient, *, hangs: int = 0) -> None:
        self.is_silent = False
        """Nothing has been heard of the page for longer than it ever takes."""
        self.seen_since: float | None = None
        """Since when prices of the feed file are on the page (monotonic seconds); `None`: they are not."""
        self._source = source
        self._observer = observer
        self._listener = StreamListener(observer.page, observer.session, source.page_status.streams, observer.arrived)
        self._keep_alive = KeepAlive(observer.page, source.feed.page)
        self._patience = AccessTimeouts(has_window=not source.feed.page.headless)
        self._hung_checks = min(_MAX_HUNG_CHECKS, _HUNG_CHECKS << min(hangs, 8))
        self._login_version = source.login.version
        self._again = False
        self._taken: deque[Item | StreamEvent] = deque()
        self._dropped = 0
        self._acknowledge: dict[int, int] = {}
        self._probe = False
        self._to_tell = asyncio.Event()
        self._heard = self._beaten_once = False
        self._top: int | None = None
        self._blank_since = time.monotonic()
        self._helpers: list[asyncio.Task[NoReturn]] = []

    async def run(self) -> NoReturn:
        """Watch until something ends it.

        Raises:
            PageFault: the page is no longer watched; says why.
            FeedFileError: the browser refuses a selector.
        """
        self._observer.take()
        self._source.quote_builder.forget(None)
        self._source.page_status.opening()
        self._source.announce()
        self._helpers = [asyncio.create_task(self._tell_for_ever()), asyncio.create_task(self._keep_alive.run())]
        try:
            await self._listen()
            await self._load()
            await self._follow()
        finally:
            self._listener.close()
            for helper in self._helpers:
                helper.cancel()

    def drain(self) -> None:
        """Handle at once whatever the page has said by now.

        Raises:
            PageFault: the page is no longer watched; says why.
        """
        self._take()
        while self._taken:
            self._handle(self._taken.popleft())

    def _take(self) -> None:
        self._taken.extend(self._observer.take())
        self._taken.extend(self._listener.pop_all())

    async def _listen(self) -> None:
        try:
            await self._listener.open()
        except PlaywrightError as error:
            raise PageHung("the page does not answer") from error

    async def _load(self) -> None:
        url = self._source.feed.page.url
        slow = asyncio.get_running_loop().call_later(_SLOW_S, self._say_slow)
        try:
            async with asyncio.timeout(_LOAD_S + _CHECK_S):
                response = await self._observer.page.goto(url, wait_until="commit", timeout=_LOAD_S * 1000)
        except (PlaywrightError, TimeoutError) as error:
            for item in self._observer.take():
                if isinstance(item, PageFault):
                    raise item from error
            why = describe_load_error(error) or f"no answer in {_LOAD_S:.0f} s"
            raise PageUnreachable(f"the page does not load: {why}") from error
        finally:
            slow.cancel()
        if response is not None:
            await self._check_answer(response)

    def _say_slow(self) -> None:
        self._source.page_status.lost(f"the page does not load: no answer in {_SLOW_S:.0f} s, waiting for it")
        self._source.announce()

    async def _check_answer(self, response: Response) -> None:
        """A challenge may pass by itself, or be answered by a person at the window: that is waited for."""
        status = f"HTTP {response.status} {response.status_text}".rstrip()
        headers, body = response.headers, ""
        if response.status >= 400:
            with suppress(PlaywrightError, TimeoutError):
                async with asyncio.timeout(_BODY_S):
                    body = await response.text()
        media_type = headers.get("content-type", "").partition(";")[0].strip()
        self._source.page_status.media_type = None if "html" in media_type else media_type or None
        self._source.page_status.refusal = challenge(response.status, headers, body)
        if response.status < 400 or self._source.page_status.refusal is not None:
            return
        if response.status in REFUSING:
            raise PageBlocked(f"blocked: the site refuses the page: {status}", retry_after_s(headers))
        raise PageUnreachable(f"the page does not load: {status}")

    async def _follow(self) -> NoReturn:
        silent_checks = 0
        next_check = time.monotonic() + _CHECK_S
        while True:
            await self._wait_until(next_check)
            self._take()
            while self._taken:
                self._handle(self._taken.popleft())
                if len(self._taken) % _FAIR_SHARE == 0:
                    await asyncio.sleep(0)
            if time.monotonic() < next_check:
                continue
            # Silence is counted in checks, not in seconds: a process that was suspended has not listened.
            next_check = time.monotonic() + _CHECK_S
            for helper in self._helpers:
                if helper.done():
                    await helper
            silent_checks = 0 if self._heard else silent_checks + 1
            self._heard = False
            self._judge(silent_checks)

    async def _wait_until(self, deadline: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                await self._observer.arrived.wait()
        except TimeoutError:
            return

    def _handle(self, item: Item | StreamEvent) -> None:
        match item:
            case FrameMessage(context, Flush(readings)):
                # On a machine that cannot keep up the page's timers come late, and so its beats, but not its prices.
                self._heard = self._heard or context == self._top
                self._quote(context, readings)
            case FrameMessage(context, Heartbeat() as heartbeat):
                self._take_beat(context, heartbeat)
            case FrameGone(context, is_hung):
                self._source.quote_builder.forget(context)
                self._source.page_status.forget(context, is_hung=is_hung)
            case PageFault():
                raise item
            case ConnectionOpened() | ConnectionClosed() | MessageReceived() | MessagesLost() | DocumentReplaced():
                self._take_received(item)

    def _take_received(self, item: StreamEvent) -> None:
        """Read a message that the page has received, or say what has become of a connection."""
        self._quote(STREAM_CONTEXT, self._source.page_status.streams.handle(item, now_us()))
        if not isinstance(item, MessageReceived):
            self._source.announce()

    def _quote(self, context: int, readings: Sequence[Reading]) -> None:
        if self._source.page_status.access is None:
            for quote in self._source.quote_builder.take(context, readings, now_us()):
                self._source.sink.publish(quote)

    def _take_beat(self, context: int, heartbeat: Heartbeat) -> None:
        for selector, why in heartbeat.invalid:
            raise FeedFileError(describe_selector_error(self._source.feed, selector, why))
        if heartbeat.top and heartbeat.href == "about:blank":
            return
        if heartbeat.top and heartbeat.href.startswith("chrome-error:"):
            # What was on the page before it was loaded may still be heard.
            if self._beaten_once:
                raise PageUnreachable("the page went to an address that does not load")
            return
        before = self._source.page_status.access
        self._source.page_status.heartbeat(context, heartbeat)
        self._acknowledge[context] = heartbeat.seq
        self._to_tell.set()
        if heartbeat.top:
            self._heard, self._top = True, context
        self._beaten_once = self._beaten_once or heartbeat.top
        self._keep_alive.see(self._source.page_status.dialogs)
        self._source.page_status.complaint = self._keep_alive.complaint
        self._quote(STREAM_CONTEXT, self._source.page_status.streams.withhold_silent(now_us()))
        self._source.announce()
        if self._source.page_status.blank or self._source.page_status.access is not None:
            self.seen_since = None
        elif self.seen_since is None:
            self.seen_since = time.monotonic()
        if before is not None and self._source.page_status.access is None:
            # What was not to be published meanwhile is needed now.
            self._ask_again()
            self._quote(STREAM_CONTEXT, self._source.page_status.streams.current_readings(now_us()))

    def _ask_again(self) -> None:
        """Have every frame send all its readings again."""
        self._again = True
        self._acknowledge |= {frame: newest.seq for frame, newest in self._source.page_status.heartbeats.items()}

    def _judge(self, silent_checks: int) -> None:
        now = time.monotonic()
        self.is_silent = silent_checks >= _PROBE_CHECKS
        if silent_checks == _PROBE_CHECKS:
            self._probe = True
            self._to_tell.set()
        if silent_checks >= _STALE_CHECKS:
            reason = f"the page has not been heard for {silent_checks * _CHECK_S:.1f} s"
            if silent_checks >= self._hung_checks:
                raise PageHung(reason)
            if silent_checks == _STALE_CHECKS:
                self._source.page_status.lost(reason)
                self._source.announce()
        self._judge_standing(now)
        if self.seen_since is not None or self._source.page_status.access is not None:
            self._blank_since = now
        elif now - self._blank_since > _BLANK_S:
            name = self._source.page_status.page_name
            raise PageBlank(f"nothing of the feed file has been on {name} for {_BLANK_S:.0f} s")

    def _judge_standing(self, now: float) -> None:
        access, login = self._source.page_status.access, self._source.login
        if access is not None and access.kind is AccessProblem.LOGGED_OUT and login.version != self._login_version:
            raise LoggedOut("logged out; a new login has been saved", has_new_login=True)
        fault = self._patience.fault(access, now, can_login=login.possible)
        if fault is not None:
            raise fault

    async def _tell_for_ever(self) -> NoReturn:
        """Answer beats, and ask after a page that gives none: calls that a hung page makes wait."""
        while True:
            await self._to_tell.wait()
            self._to_tell.clear()
            if self._probe:
                self._probe = False
                await self._observer.probe()
            if self._observer.dropped > self._dropped:
                self._dropped = self._observer.dropped
                self._ask_again()
            pending, self._acknowledge = self._acknowledge, {}
            again, self._again = self._again, False
            for context, seq in pending.items():
                await self._observer.acknowledge(context, seq, again=again)
