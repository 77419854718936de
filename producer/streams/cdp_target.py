"""What has a session of its own: a page, and in it frames of other sites and workers, and what is in these.

A frame is held until it is listened to: nothing of it is missed. A worker is let go at once by Playwright: what it asks
for in its first moment is heard if the head of the response comes after that, and missed if not.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tickql.producer.browser.event_handler import EventHandler
from tickql.producer.streams.cdp_session import CALL_MS, CdpSession, ChildCdpSession
from tickql.producer.streams.network import Network

logger = logging.getLogger("tickql.producer")

CLEARED = "Runtime.executionContextsCleared"
"""What a page or a frame says when another document is in it."""

_MAX_INNER = 50
# What a service worker gets for the page is heard as the page's.
_FRAMES = [{"type": "iframe"}]
_FRAMES_AND_WORKERS = [*_FRAMES, {"type": "worker"}]
_ATTACH = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": False}
_LET_GO = {"autoAttach": False, "waitForDebuggerOnStart": False, "flatten": False}


class CdpTarget:
    """Listens to one of them and to all in it, at most 50 a level. `close` or `leave` ends that."""

    def __init__(self, session: CdpSession, network: Network, *, is_frame: bool = False) -> None:
        """`is_frame`: a frame of another site."""
        self._session = session
        self._network = network
        self._is_frame = is_frame
        self._inner: dict[str, tuple[ChildCdpSession, CdpTarget]] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._handlers = {
            "Target.attachedToTarget": EventHandler(self._on_attached),
            "Target.detachedFromTarget": EventHandler(self._on_detached),
            "Target.receivedMessageFromTarget": EventHandler(self._on_message),
        }
        if is_frame:
            self._handlers[CLEARED] = EventHandler(self._on_cleared)

    async def open(self) -> None:
        """Listen from now on.

        Raises:
            playwright.async_api.Error: it does not answer.
        """
        for event, handler in self._handlers.items():
            self._session.on(event, handler)
        # For WebSockets alone it is enough to know which are in frames of other sites.
        if self._network.readers or self._is_frame:
            await self._network.open()
        if self._is_frame:
            await self._session.send("Runtime.enable", timeout=CALL_MS)
        attach = {**_ATTACH, "filter": _FRAMES_AND_WORKERS if self._network.readers else _FRAMES}
        try:
            await self._session.send("Target.setAutoAttach", attach, timeout=CALL_MS)
        except PlaywrightTimeout:
            raise
        except PlaywrightError as error:
            if isinstance(self._session, ChildCdpSession):
                raise
            logger.warning("streams are not heard in workers and in frames of other sites: %s", error)

    def close(self) -> None:
        """Listen no more."""
        self._network.close()
        for event, handler in self._handlers.items():
            self._session.remove_listener(event, handler)
        for task in self._opening:
            task.cancel()
        for _, target in self._inner.values():
            target.close()

    async def let_go(self) -> None:
        """Listen no more, and hold nothing more in it: what is held goes on."""
        self.close()
        with suppress(PlaywrightError):
            await self._session.send("Target.setAutoAttach", _LET_GO, timeout=CALL_MS)

    def leave(self) -> None:
        """It is gone, with all in it."""
        self._network.leave()
        for _, target in self._inner.values():
            target.leave()

    def restart(self) -> None:
        """It is another document now."""
        self._network.restart()

    def _on_cleared(self, _: Any) -> None:
        # The one before may have been in another process, of which nothing is told any more.
        self._network.leave()
        self._network.restart()

    def _on_attached(self, event: dict[str, Any]) -> None:
        session = ChildCdpSession(self._session, event["sessionId"])
        is_frame = event["targetInfo"]["type"] == "iframe"
        target = CdpTarget(session, self._network.of(session), is_frame=is_frame)
        self._inner[event["sessionId"]] = session, target
        opening = asyncio.create_task(self._open_inner(session, target))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    async def _open_inner(self, session: ChildCdpSession, target: "CdpTarget") -> None:
        # It may be gone again already. One that cannot be listened to is to run all the same.
        with suppress(PlaywrightError):
            try:
                if len(self._inner) <= _MAX_INNER:
                    await target.open()
            finally:
                await session.send("Runtime.runIfWaitingForDebugger", timeout=CALL_MS)

    def _on_detached(self, event: dict[str, Any]) -> None:
        inner = self._inner.pop(event["sessionId"], None)
        if inner is not None:
            _, target = inner
            target.leave()
            target.close()

    def _on_message(self, event: dict[str, Any]) -> None:
        inner = self._inner.get(event["sessionId"])
        if inner is not None:
            session, _ = inner
            session.hear(event["message"])
