"""The producer's end of the observers of one page: those in the page's process and in the processes of other sites."""

import asyncio
import logging
from collections import Counter, deque
from contextlib import suppress
from typing import Any

from playwright.async_api import CDPSession, Frame, Page
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tickql.producer.capture.cdp_channel import CdpChannel, channel_number
from tickql.producer.capture.messages import Flush, Heartbeat, ObserverRequest, decode_message
from tickql.producer.capture.observer_events import FrameGone, FrameMessage, ObserverEvent, PageMoved, ReadingsLost
from tickql.producer.errors import BrowserGone, MalformedMessage, PageCrashed, PageFault
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.producer")

# What all frames together may have waiting here. One frame posts no more than `Timings.waiting_bytes` ahead.
_MAX_BUFFERED_BYTES = 67_108_864
_EVENT_BYTES = 200  # what an event costs besides its text
# A page may open frames without end; each frame of another site costs a session.
_MAX_CHANNELS = 50
_CALL_TIMEOUT_MS = 1_000
# A browser that ends closes its pages first, and reports its own end some milliseconds later.
_CLOSE_GRACE_S = 0.2


class ObserverClient:
    """Receives the messages of all observers of a page into a buffer, from which `drain` takes them.

    The buffer holds 64 MiB. When it is full the oldest message is lost, and counted in `dropped`; `ReadingsLost` says
    what was in it. Other events are never lost.
    """

    def __init__(self, page: Page, session: CDPSession, script: str, timings: Timings = DEFAULT_TIMINGS) -> None:
        self.page = page
        self.arrived = asyncio.Event()
        """Set while the buffer is not empty."""
        self.malformed = 0
        """Messages so far that were not understood."""
        self.dropped = 0
        """Messages so far that were lost because the buffer was full."""
        self._script = script
        self._timings = timings
        self._buffer: deque[ObserverEvent] = deque()
        self._buffered_bytes = 0
        self._lost: Counter[tuple[int, str]] = Counter()
        self._page_channel = CdpChannel(session, 0)
        self._channels = {0: self._page_channel}
        self._opened_channels = 0
        self._attached: dict[Frame, CdpChannel] = {}
        self._attaching: dict[Frame, asyncio.Task[None]] = {}
        self._to_attach: set[Frame] = set()
        self._resumed_contexts: set[int] = set()
        self._providing: set[asyncio.Task[None]] = set()
        page.on("crash", lambda _: self.report_fault(PageCrashed("the page's process has ended")))
        page.on("close", self._on_close)
        page.on("framenavigated", self._on_frame)

    @classmethod
    async def open(cls, page: Page, script: str, timings: Timings = DEFAULT_TIMINGS) -> "ObserverClient":
        """Install the observer in a page. In a page that has not been anywhere yet no change is missed."""
        client = cls(page, await page.context.new_cdp_session(page), script, timings)
        await client._page_channel.open(script, client._on_message, client._on_gone)
        await client._page_channel.watch_address(lambda url: client._put(PageMoved(url)))
        for frame in page.frames:
            client._on_frame(frame)
        return client

    @property
    def session(self) -> CDPSession:
        """The CDP session of the page, for other uses of the protocol."""
        return self._page_channel.session

    def report_fault(self, fault: PageFault) -> None:
        """Put a fault into the buffer."""
        self._put(fault)

    def drain(self) -> list[ObserverEvent]:
        """Return everything in the buffer, in order of arrival, and empty it. After a fault no message follows."""
        events: list[ObserverEvent] = [ReadingsLost(self._lost)] if self._lost else []
        events += self._buffer
        self._buffer.clear()
        self._buffered_bytes = 0
        self._lost = Counter()
        self.arrived.clear()
        return events

    async def acknowledge_heartbeat(self, context: int, seq: int, *, again: bool) -> None:
        """Tell a frame's observer that all its messages up to `seq` are processed.

        `again`: messages were lost here, so the observer is to send all its readings again.
        """
        channel = self._channels.get(channel_number(context))
        if channel is None:
            return
        # While a frame hung, its readings were dropped: they are needed again.
        again = again or context in self._resumed_contexts
        self._resumed_contexts.discard(context)
        await channel.evaluate(context, f"tickql.acknowledge({seq}, {'true' if again else 'false'})")

    async def evaluate(self, context: int, expression: str) -> None:
        """Run JavaScript in the observer's world of a frame, for its effect. A failure is ignored."""
        channel = self._channels.get(channel_number(context))
        if channel is not None:
            await channel.evaluate(context, expression)

    def channel(self, context: int) -> CdpChannel | None:
        """Return the channel to a context; `None`: its process is gone."""
        return self._channels.get(channel_number(context))

    def frame_of(self, channel: CdpChannel) -> Frame | None:
        """Return the frame that has a process of its own; `None`: the channel is that of the page itself."""
        return next((frame for frame, attached in self._attached.items() if attached is channel), None)

    async def probe(self) -> None:
        """Check the connection to the browser; put a `BrowserGone` into the buffer if there is none.

        Nothing else reports the end of Playwright's driver. A page that does not answer in time is not a fault here.
        """
        try:
            await self.session.send("Runtime.evaluate", {"expression": "0", "silent": True}, timeout=_CALL_TIMEOUT_MS)
        except PlaywrightTimeout:
            return
        except PlaywrightError as error:
            logger.debug("probe: %s", error)
            self.report_fault(BrowserGone("the connection to the browser is lost"))

    # Frames of other sites: the browser runs each in a process of its own, which needs a CDP session of its own. A
    # frame may move to another process at each navigation, so that it is attached again each time.

    def _on_frame(self, frame: Frame) -> None:
        if frame.parent_frame is None or frame in self._attached:
            return
        # If a task is attaching this frame already, the task sees the new request when its attempt has ended.
        self._to_attach.add(frame)
        if frame not in self._attaching:
            self._attaching[frame] = asyncio.create_task(self._attach(frame))

    async def _attach(self, frame: Frame) -> None:
        try:
            while frame in self._to_attach and frame not in self._attached and len(self._channels) < _MAX_CHANNELS:
                self._to_attach.discard(frame)
                # The browser refuses a session for a frame of its parent's process: the parent's channel serves it.
                with suppress(PlaywrightError, TimeoutError):
                    async with asyncio.timeout(self._timings.frame_join_s):
                        await self._open_channel(frame)
        finally:
            self._to_attach.discard(frame)
            del self._attaching[frame]

    async def _open_channel(self, frame: Frame) -> None:
        session = await self.page.context.new_cdp_session(frame)
        self._opened_channels += 1
        number = self._opened_channels
        channel = CdpChannel(session, number)

        def on_close(_: Any) -> None:
            self._on_gone(channel, None)
            self._channels.pop(number, None)
            self._attached.pop(frame, None)
            if not frame.is_detached():
                self._on_frame(frame)

        session.on("close", on_close)
        self._channels[number] = self._attached[frame] = channel
        try:
            await channel.open(self._script, self._on_message, self._on_gone)
        except asyncio.CancelledError:
            # The frame hangs. Detached, it is attached again: its messages come once it answers.
            with suppress(PlaywrightError):
                await session.detach()
            raise

    # The methods below are called by Playwright (see `CdpChannel.open`): they must neither wait nor raise.

    def _on_message(self, channel: CdpChannel, context: int, payload: str) -> None:
        try:
            message = decode_message(payload)
        except MalformedMessage as error:
            self.malformed += 1
            if self.malformed == 1:
                logger.warning("skipping a message of the page's observer that is not understood: %s", error)
            return
        channel.message_received()
        channel.contexts.add(context)
        if isinstance(message, ObserverRequest):
            self._provide(channel, context, message)
            return
        if channel.is_hung:
            channel.is_hung = False
            self._resumed_contexts |= channel.contexts
        if channel is self._page_channel and isinstance(message, Heartbeat):
            self._check_frames()
        self._put(FrameMessage(context, message, len(payload)))

    def _provide(self, channel: CdpChannel, context: int, request: ObserverRequest) -> None:
        providing = asyncio.create_task(channel.provide(context, request.what))
        self._providing.add(providing)
        providing.add_done_callback(self._providing.discard)

    def _check_frames(self) -> None:
        """Report frames in processes of their own that hang: their prices are frozen, while the page goes on."""
        for channel in self._attached.values():
            if channel.is_silent() and not channel.is_hung:
                channel.is_hung = True
                for context in channel.contexts:
                    self._put(FrameGone(context, is_hung=True))

    def _on_gone(self, channel: CdpChannel, context: int | None) -> None:
        gone = channel.contexts if context is None else channel.contexts & {context}
        channel.contexts = channel.contexts - gone
        if channel is self._page_channel and context is None:
            self._put(FrameGone(None))
            return
        for each in gone:
            self._put(FrameGone(each))

    def _on_close(self, _: Any) -> None:
        # The grace period lets `BrowserGone`, which names the cause, come before `PageCrashed`.
        asyncio.get_running_loop().call_later(_CLOSE_GRACE_S, self.report_fault, PageCrashed("the page was closed"))

    def _put(self, event: ObserverEvent) -> None:
        self._buffer.append(event)
        self.arrived.set()
        if isinstance(event, FrameMessage):
            self._buffered_bytes += event.characters + _EVENT_BYTES
            while self._buffered_bytes > _MAX_BUFFERED_BYTES:
                self._drop_oldest_message()

    def _drop_oldest_message(self) -> None:
        # The observer can send its readings again. That a frame or the page is gone is reported only once.
        at, oldest = next((at, each) for at, each in enumerate(self._buffer) if isinstance(each, FrameMessage))
        del self._buffer[at]
        self.dropped += 1
        self._buffered_bytes -= oldest.characters + _EVENT_BYTES
        if isinstance(oldest.message, Flush):
            for reading in oldest.message.readings:
                self._lost[reading.rule, reading.symbol] += 1 + reading.merged
