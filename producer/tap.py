"""The line from a page's observer to us: a binding in a world of its own, over the browser's debugging protocol.

`Page.enable` and `Runtime.enable` are both needed, and stay on. Set before the first navigation, script and binding
come back in every document, after reloads and on other origins too, and in every frame of the page's own process. A
frame of another site lives in a process of its own and is not seen.
"""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from typing import Any, NamedTuple

from playwright.async_api import CDPSession, Page
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from producer.errors import BrowserGone, MalformedMessage, PageCrashed, PageFault
from producer.messages import Beat, Flush, decode

logger = logging.getLogger("tickql.producer")

_WORLD = "tickql"
_BINDING = "tickqlPost"
_MAX_WAITING = 2_000
_CALL_MS = 1_000
_CLOSE_GRACE_S = 0.2


class Gone(NamedTuple):
    """A frame is gone, with its observer; `None`: all of them."""

    context: int | None


class Heard(NamedTuple):
    """A message, and the frame that it came from."""

    context: int
    message: Flush | Beat


Item = Heard | Gone | PageFault


class Tap:
    """Hears one page. What arrives waits to be taken, at most 2,000 items: beyond that the oldest are dropped."""

    def __init__(self, page: Page, session: CDPSession) -> None:
        self.page = page
        self.arrived = asyncio.Event()
        """Set while there is something to take."""
        self.malformed = 0
        self.dropped = 0
        self._session = session
        self._waiting: deque[Item] = deque(maxlen=_MAX_WAITING)
        session.on("Runtime.bindingCalled", self._on_message)
        session.on("Runtime.executionContextDestroyed", self._on_context_destroyed)
        session.on("Runtime.executionContextsCleared", self._on_contexts_cleared)
        page.on("crash", lambda _: self.fail(PageCrashed("the page's process has ended")))
        page.on("close", self._on_close)

    @classmethod
    async def open(cls, page: Page, script: str) -> "Tap":
        """Set the observer up in a page that has not been anywhere yet."""
        session = await page.context.new_cdp_session(page)
        tap = cls(page, session)
        await session.send("Page.enable")
        await session.send("Runtime.enable")
        await session.send("Runtime.addBinding", {"name": _BINDING, "executionContextName": _WORLD})
        await session.send(
            "Page.addScriptToEvaluateOnNewDocument",
            {"source": script, "worldName": _WORLD, "runImmediately": True},
        )
        return tap

    @property
    def session(self) -> CDPSession:
        """The line to the page, for what else is to be heard."""
        return self._session

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
        """Tell a frame's observer that all up to `seq` was read; `again`: send all readings, some were lost here.

        A page that cannot be told is a page in trouble, and that shows in its beats.
        """
        await self.evaluate(context, f"tickql.acknowledge({seq}, {'true' if again else 'false'})")

    async def evaluate(self, context: int, expression: str) -> None:
        """Run JavaScript in a frame, in the observer's world, for its effect. Nothing is told of a failure."""
        where = {"expression": expression, "contextId": context, "silent": True}
        with suppress(PlaywrightError):
            await self._session.send("Runtime.evaluate", where, timeout=_CALL_MS)

    async def probe(self) -> None:
        """Have `take` find a `BrowserGone` if there is no line to the browser: of a dead driver nothing else tells."""
        try:
            await self._session.send("Runtime.evaluate", {"expression": "0", "silent": True}, timeout=_CALL_MS)
        except PlaywrightTimeout:
            return
        except PlaywrightError as error:
            logger.debug("probe: %s", error)
            self.fail(BrowserGone("there is no line to the browser any more"))

    # Playwright calls these. An exception in one would come back out of an unrelated call: none may leave.

    def _on_message(self, event: dict[str, Any]) -> None:
        if event.get("name") != _BINDING:
            return
        try:
            heard = Heard(event["executionContextId"], decode(event["payload"]))
        except (MalformedMessage, KeyError) as error:
            self.malformed += 1
            if self.malformed == 1:
                logger.warning("a message of the page's observer is not understood, and skipped: %s", error)
            return
        self._put(heard)

    def _on_context_destroyed(self, event: dict[str, Any]) -> None:
        self._put(Gone(event.get("executionContextId")))

    def _on_contexts_cleared(self, _: Any) -> None:
        self._put(Gone(None))

    def _on_close(self, _: Any) -> None:
        # A browser that ends closes its pages first, and tells only then: let that word be the first one here.
        asyncio.get_running_loop().call_later(_CLOSE_GRACE_S, self.fail, PageCrashed("the page was closed"))

    def _put(self, item: Item) -> None:
        self.dropped += len(self._waiting) == _MAX_WAITING
        self._waiting.append(item)
        self.arrived.set()
