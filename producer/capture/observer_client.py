"""What a page's observers say, those in the page's own process and those in the processes of frames of other sites."""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from typing import Any, NamedTuple

from playwright.async_api import CDPSession, Frame, Page
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tickql.producer.capture.cdp_channel import CdpChannel, line_number
from tickql.producer.capture.messages import Flush, Heartbeat, Want, decode
from tickql.producer.errors import BrowserGone, MalformedMessage, PageCrashed, PageFault
from tickql.producer.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.producer")

_MAX_WAITING = 2_000
_MAX_LINES = 50
_CALL_MS = 1_000
_CLOSE_GRACE_S = 0.2


class FrameGone(NamedTuple):
    """A frame is gone, with its observer; `None`: all of them. `is_hung`: it is there, but says nothing any more."""

    context: int | None
    is_hung: bool = False


class FrameMessage(NamedTuple):
    """A message, and the frame that it came from."""

    context: int
    message: Flush | Heartbeat


Item = FrameMessage | FrameGone | PageFault


class ObserverClient:
    """Hears one page. What arrives waits to be taken, at most 2,000 items: beyond that the oldest messages are lost."""

    def __init__(self, page: Page, session: CDPSession, script: str, timings: Timings = DEFAULT_TIMINGS) -> None:
        self.page = page
        self.arrived = asyncio.Event()
        """Set while there is something to take."""
        self.malformed = 0
        self.dropped = 0
        self._script = script
        self._timings = timings
        self._waiting: deque[Item] = deque(maxlen=_MAX_WAITING)
        self._page_line = CdpChannel(session, 0)
        self._lines = {0: self._page_line}
        self._opened_lines = 0
        self._joined: dict[Frame, CdpChannel] = {}
        self._joining: dict[Frame, asyncio.Task[None]] = {}
        self._to_join: set[Frame] = set()
        self._revived: set[int] = set()
        self._providing: set[asyncio.Task[None]] = set()
        page.on("crash", lambda _: self.fail(PageCrashed("the page's process has ended")))
        page.on("close", self._on_close)
        page.on("framenavigated", self._on_frame)

    @classmethod
    async def open(cls, page: Page, script: str, timings: Timings = DEFAULT_TIMINGS) -> "ObserverClient":
        """Set the observer up in a page: best in one that has not been anywhere yet, of which nothing is missed."""
        observer = cls(page, await page.context.new_cdp_session(page), script, timings)
        await observer._page_line.open(script, observer._on_message, observer._on_gone)
        for frame in page.frames:
            observer._on_frame(frame)
        return observer

    @property
    def session(self) -> CDPSession:
        """The line to the page, for what else is to be heard."""
        return self._page_line.session

    def fail(self, fault: PageFault) -> None:
        """Have `take` find a fault."""
        self._put(fault)

    def take(self) -> list[Item]:
        """Everything that has arrived, in order. After a fault nothing more will come."""
        taken = list(self._waiting)
        self._waiting.clear()
        self.arrived.clear()
        return taken

    async def acknowledge(self, context: int, seq: int, *, again: bool) -> None:
        """Tell a frame's observer that all up to `seq` was read; `again`: send all readings, some were lost here."""
        line = self._lines.get(line_number(context))
        if line is None:
            return
        again = again or context in self._revived
        self._revived.discard(context)
        await line.evaluate(context, f"tickql.acknowledge({seq}, {'true' if again else 'false'})")

    async def evaluate(self, context: int, expression: str) -> None:
        """Run JavaScript in a frame, in the observer's world, for its effect. Nothing is told of a failure."""
        line = self._lines.get(line_number(context))
        if line is not None:
            await line.evaluate(context, expression)

    async def probe(self) -> None:
        """Have `take` find a `BrowserGone` if there is no line to the browser: of a dead driver nothing else tells."""
        try:
            await self.session.send("Runtime.evaluate", {"expression": "0", "silent": True}, timeout=_CALL_MS)
        except PlaywrightTimeout:
            return
        except PlaywrightError as error:
            logger.debug("probe: %s", error)
            self.fail(BrowserGone("there is no line to the browser any more"))

    # -- Frames of other sites: each has a process and a session of its own. --

    def _on_frame(self, frame: Frame) -> None:
        if frame.parent_frame is None or frame in self._joined:
            return
        self._to_join.add(frame)
        if frame not in self._joining:
            self._joining[frame] = asyncio.create_task(self._join(frame))

    async def _join(self, frame: Frame) -> None:
        try:
            while frame in self._to_join and frame not in self._joined and len(self._lines) < _MAX_LINES:
                self._to_join.discard(frame)
                # It is refused for a frame of its parent's process, which is heard there.
                with suppress(PlaywrightError, TimeoutError):
                    async with asyncio.timeout(self._timings.frame_join_s):
                        await self._open_line(frame)
        finally:
            self._to_join.discard(frame)
            del self._joining[frame]

    async def _open_line(self, frame: Frame) -> None:
        session = await self.page.context.new_cdp_session(frame)
        self._opened_lines += 1
        number = self._opened_lines
        line = CdpChannel(session, number)

        def on_close(_: Any) -> None:
            self._on_gone(line, None)
            self._lines.pop(number, None)
            self._joined.pop(frame, None)
            if not frame.is_detached():
                self._on_frame(frame)

        session.on("close", on_close)
        self._lines[number] = self._joined[frame] = line
        try:
            await line.open(self._script, self._on_message, self._on_gone)
        except asyncio.CancelledError:
            # It hangs. Closed, it is joined anew: heard once it answers.
            with suppress(PlaywrightError):
                await session.detach()
            raise

    # -- Called by Playwright, see `CdpChannel.open`. --

    def _on_message(self, line: CdpChannel, context: int, payload: str) -> None:
        try:
            message = decode(payload)
        except MalformedMessage as error:
            self.malformed += 1
            if self.malformed == 1:
                logger.warning("a message of the page's observer is not understood, and skipped: %s", error)
            return
        line.heard()
        line.contexts.add(context)
        if isinstance(message, Want):
            self._provide(line, context, message)
            return
        if line.is_lost:
            line.is_lost = False
            self._revived |= line.contexts
        if line is self._page_line and isinstance(message, Heartbeat):
            self._check_frames()
        self._put(FrameMessage(context, message))

    def _provide(self, line: CdpChannel, context: int, want: Want) -> None:
        providing = asyncio.create_task(line.provide(context, want.what))
        self._providing.add(providing)
        providing.add_done_callback(self._providing.discard)

    def _check_frames(self) -> None:
        """A frame that hangs, in a process of its own, shows nothing any more, while the page goes on."""
        for line in self._joined.values():
            if line.is_quiet() and not line.is_lost:
                line.is_lost = True
                for context in line.contexts:
                    self._put(FrameGone(context, is_hung=True))

    def _on_gone(self, line: CdpChannel, context: int | None) -> None:
        gone = line.contexts if context is None else line.contexts & {context}
        line.contexts = line.contexts - gone
        if line is self._page_line and context is None:
            self._put(FrameGone(None))
            return
        for each in gone:
            self._put(FrameGone(each))

    def _on_close(self, _: Any) -> None:
        # A browser that ends closes its pages first, and tells only then: let that word be the first one here.
        asyncio.get_running_loop().call_later(_CLOSE_GRACE_S, self.fail, PageCrashed("the page was closed"))

    def _put(self, item: Item) -> None:
        if len(self._waiting) == _MAX_WAITING:
            # What was said can be asked for again; that a frame is gone, or the page, is told only once.
            self.dropped += 1
            del self._waiting[next((at for at, each in enumerate(self._waiting) if isinstance(each, FrameMessage)), 0)]
        self._waiting.append(item)
        self.arrived.set()
