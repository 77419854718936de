"""The channel to the observers in one process of the page: a binding, over the Chrome DevTools Protocol (CDP).

`Page.enable` and `Runtime.enable` are both needed, and stay enabled. Set up before the first navigation, script and
binding are there in every new document: after reloads, on other origins, and in every frame of the same process.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.event_handler import EventHandler
from tickql.producer.capture.closed_shadow_roots import expose_closed_roots

# An isolated world: the observer shares the page's DOM, and the page's own scripts see neither observer nor binding.
_WORLD = "tickql"
_BINDING = "tickqlPost"
_OPEN_ROOTS_JS = "(...roots) => tickql.open(...roots)"
_CALL_TIMEOUT_MS = 1_000
# A frame's observer sends a heartbeat each second. Silence means that it hangs only if the page's own heartbeats go on.
_MAX_SILENCE_S = 2.0
_MIN_PAGE_HEARTBEATS = 3


class CdpChannel:
    """One CDP session. `number` makes the ids of its execution contexts unique among all channels of a page.

    The browser counts execution contexts for each process. Outside this class a context id is the channel's number in
    the upper bits and the browser's id in the lower 32.
    """

    def __init__(self, session: CDPSession, number: int) -> None:
        self.session = session
        self.contexts: set[int] = set()
        """The contexts that have sent a message."""
        self.is_hung = False
        """Whether the client has reported that this channel is silent while the page is not."""
        self._number = number
        self._last_message_s = time.monotonic()
        self._page_heartbeats = 0

    async def open(
        self,
        script: str,
        on_message: Callable[["CdpChannel", int, str], None],
        on_gone: Callable[["CdpChannel", int | None], None],
    ) -> None:
        """Install the observer.

        `on_message` gets each message with its context. `on_gone` gets each context that is gone; `None`: all of them.
        Both are called by Playwright (see `EventHandler`).
        """

        def on_binding_called(event: dict[str, Any]) -> None:
            if event.get("name") == _BINDING:
                on_message(self, self._context_id(event["executionContextId"]), event["payload"])

        def on_destroyed(event: dict[str, Any]) -> None:
            on_gone(self, self._context_id(event["executionContextId"]))

        # The handlers come first: the script runs at once in documents that are already there.
        self.session.on("Runtime.bindingCalled", EventHandler(on_binding_called))
        self.session.on("Runtime.executionContextDestroyed", EventHandler(on_destroyed))
        self.session.on("Runtime.executionContextsCleared", EventHandler(lambda _: on_gone(self, None)))
        await self.session.send("Page.enable")
        await self.session.send("Runtime.enable")
        await self.session.send("Runtime.addBinding", {"name": _BINDING, "executionContextName": _WORLD})
        await self.session.send(
            "Page.addScriptToEvaluateOnNewDocument",
            {"source": script, "worldName": _WORLD, "runImmediately": True},
        )

    async def watch_address(self, on_moved: Callable[[str], None]) -> None:
        """Call `on_moved` with each address that the page itself takes without loading a document.

        Such an event and the messages of the observer come over one session, so in the order in which they happened.
        """
        top = (await self.session.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]

        def on_navigated(event: dict[str, Any]) -> None:
            if event.get("frameId") == top:
                on_moved(str(event.get("url", "")))

        self.session.on("Page.navigatedWithinDocument", EventHandler(on_navigated))

    async def evaluate(self, context: int, expression: str) -> None:
        """Run JavaScript in a context, for its effect. A failure is ignored: it shows in the observer's heartbeats."""
        where = {"expression": expression, "contextId": context & _BROWSER_ID_MASK, "silent": True}
        with suppress(PlaywrightError):
            await self.session.send("Runtime.evaluate", where, timeout=_CALL_TIMEOUT_MS)

    async def ask(self, context: int, expression: str) -> Any:
        """Run JavaScript in a context, and return its result, which must be JSON; `None`: it has none, or failed.

        Raises:
            playwright.async_api.Error: the context is gone, or does not answer in time.
        """
        where = {"expression": expression, "contextId": context & _BROWSER_ID_MASK, "silent": True}
        answer = await self.session.send("Runtime.evaluate", {**where, "returnByValue": True}, timeout=_CALL_TIMEOUT_MS)
        return answer["result"].get("value")

    async def root_quad(self, context: int) -> list[float]:
        """Return where the root element of a context's document is: its four corners, in the viewport of this channel.

        Raises:
            playwright.async_api.Error: the context is gone, does not answer in time, or shows nothing.
        """
        where = {"expression": "document.documentElement", "contextId": context & _BROWSER_ID_MASK}
        group = {"objectGroup": "tickql-root"}
        root = await self.session.send("Runtime.evaluate", {**where, **group}, timeout=_CALL_TIMEOUT_MS)
        try:
            place = {"objectId": root["result"]["objectId"]}
            quads = await self.session.send("DOM.getContentQuads", place, timeout=_CALL_TIMEOUT_MS)
        finally:
            await self.session.send("Runtime.releaseObjectGroup", group, timeout=_CALL_TIMEOUT_MS)
        return [float(each) for each in quads["quads"][0]]

    async def provide(self, context: int, what: Literal["names", "roots"]) -> None:
        """Give a context's observer what it asked for. A failure is ignored: the observer asks again."""
        with suppress(PlaywrightError):
            if what == "names":
                # Without this the browser computes the accessibility tree of the whole page for each single name.
                await self.session.send("Accessibility.enable", timeout=_CALL_TIMEOUT_MS)
            else:
                await expose_closed_roots(self.session, context & _BROWSER_ID_MASK, _OPEN_ROOTS_JS)

    def message_received(self) -> None:
        """Restart the measurement of silence."""
        self._last_message_s = time.monotonic()
        self._page_heartbeats = 0

    def is_silent(self) -> bool:
        """Return whether no message has come for 2 s. To be called at each heartbeat of the page.

        The count of heartbeats keeps a machine that was suspended from looking like a hung frame: time has passed
        there, but no heartbeats have come either.
        """
        self._page_heartbeats += 1
        return (
            self._page_heartbeats >= _MIN_PAGE_HEARTBEATS and time.monotonic() - self._last_message_s > _MAX_SILENCE_S
        )

    def _context_id(self, browser_id: int) -> int:
        return self._number << _BROWSER_ID_BITS | browser_id


_BROWSER_ID_BITS = 32
_BROWSER_ID_MASK = (1 << _BROWSER_ID_BITS) - 1


def channel_number(context: int) -> int:
    """Return the number of the channel that a context belongs to."""
    return context >> _BROWSER_ID_BITS
