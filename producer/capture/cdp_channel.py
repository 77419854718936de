"""The observer in one process of the page: a binding in a world of its own, over the browser's debugging protocol.

`Page.enable` and `Runtime.enable` are both needed, and stay on. Set before the first navigation, script and binding
come back in every document, after reloads and on other origins too, and in every frame of the same process.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.event_handler import EventHandler
from tickql.producer.capture.closed_shadow_roots import expose_closed_roots

_WORLD = "tickql"
_BINDING = "tickqlPost"
_OPEN_ROOTS = "(...roots) => tickql.open(...roots)"
_CALL_MS = 1_000
_QUIET_S = 2.0
_QUIET_BEATS = 3


class CdpChannel:
    """One session. Names contexts by numbers that no other line of the page has: `number` goes before the browser's."""

    def __init__(self, session: CDPSession, number: int) -> None:
        self.session = session
        self.contexts: set[int] = set()
        """Those that have said something."""
        self.is_lost = False
        """Whether it has been silent while the page was not."""
        self._number = number
        self._heard_s = time.monotonic()
        self._heartbeats = 0

    async def open(
        self,
        script: str,
        hear: Callable[["CdpChannel", int, str], None],
        lose: Callable[["CdpChannel", int | None], None],
    ) -> None:
        """Set the observer up. `hear` is given each message, `lose` each context that is gone; `None`: all of them."""

        def on_message(event: dict[str, Any]) -> None:
            if event.get("name") == _BINDING:
                hear(self, self._named(event["executionContextId"]), event["payload"])

        def on_destroyed(event: dict[str, Any]) -> None:
            lose(self, self._named(event["executionContextId"]))

        self.session.on("Runtime.bindingCalled", EventHandler(on_message))
        self.session.on("Runtime.executionContextDestroyed", EventHandler(on_destroyed))
        self.session.on("Runtime.executionContextsCleared", EventHandler(lambda _: lose(self, None)))
        await self.session.send("Page.enable")
        await self.session.send("Runtime.enable")
        await self.session.send("Runtime.addBinding", {"name": _BINDING, "executionContextName": _WORLD})
        await self.session.send(
            "Page.addScriptToEvaluateOnNewDocument",
            {"source": script, "worldName": _WORLD, "runImmediately": True},
        )

    async def evaluate(self, context: int, expression: str) -> None:
        """Run JavaScript in a context, for its effect.

        A page that cannot be told is a page in trouble, and that shows in its beats.
        """
        where = {"expression": expression, "contextId": context & _BROWSERS, "silent": True}
        with suppress(PlaywrightError):
            await self.session.send("Runtime.evaluate", where, timeout=_CALL_MS)

    async def provide(self, context: int, what: Literal["names", "roots"]) -> None:
        """Give a context's observer what it asked for, as far as that can be had; it asks again."""
        with suppress(PlaywrightError):
            if what == "names":
                # Else the browser works out the whole page's accessibility anew for each name, and throws it away.
                await self.session.send("Accessibility.enable", timeout=_CALL_MS)
            else:
                await expose_closed_roots(self.session, context & _BROWSERS, _OPEN_ROOTS)

    def heard(self) -> None:
        """It said something."""
        self._heard_s = time.monotonic()
        self._heartbeats = 0

    def is_quiet(self) -> bool:
        """Whether it has said nothing for a while. Asked at each beat of the page: a suspended machine has none."""
        self._heartbeats += 1
        return self._heartbeats >= _QUIET_BEATS and time.monotonic() - self._heard_s > _QUIET_S

    def _named(self, context: int) -> int:
        return self._number << _BITS | context


_BITS = 32
_BROWSERS = (1 << _BITS) - 1


def line_number(context: int) -> int:
    """The number of the line that a context is on."""
    return context >> _BITS
