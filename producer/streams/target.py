"""What has a session of its own: a page, and in it frames of other sites and workers, and what is in these.

A frame is held until it is listened to: nothing of it is missed. A worker is let go at once by Playwright: what it asks
for in its first moment is heard if the head of the response comes after that, and missed if not.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from producer.streams.browserclock import BrowserClock
from producer.streams.handler import Handler
from producer.streams.inbox import Inbox
from producer.streams.network import Network
from producer.streams.reader import StreamReader
from producer.streams.session import CALL_MS, InnerSession, Session

logger = logging.getLogger("tickql.producer")

_MAX_INNER = 50
_ATTACH = {
    "autoAttach": True,
    "waitForDebuggerOnStart": True,
    "flatten": False,
    # What a service worker gets for the page is heard as the page's.
    "filter": [{"type": "iframe"}, {"type": "worker"}],
}

_LET_GO = {"autoAttach": False, "waitForDebuggerOnStart": False, "flatten": False}


class Target:
    """Listens to one of them and to all in it, at most 50 a level. `close` or `leave` ends that."""

    def __init__(self, session: Session, readers: Sequence[StreamReader], inbox: Inbox, clock: BrowserClock) -> None:
        self._session = session
        self._readers = readers
        self._inbox = inbox
        self._clock = clock
        self._network = Network(session, readers, inbox, clock)
        self._inner: dict[str, tuple[InnerSession, Target]] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._handlers = {
            "Target.attachedToTarget": Handler(self._on_attached),
            "Target.detachedFromTarget": Handler(self._on_detached),
            "Target.receivedMessageFromTarget": Handler(self._on_message),
        }

    async def open(self) -> None:
        """Listen from now on.

        Raises:
            playwright.async_api.Error: it does not answer.
        """
        for event, handler in self._handlers.items():
            self._session.on(event, handler)
        await self._network.open()
        try:
            await self._session.send("Target.setAutoAttach", dict(_ATTACH), timeout=CALL_MS)
        except PlaywrightTimeout:
            raise
        except PlaywrightError as error:
            if isinstance(self._session, InnerSession):
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

    def _on_attached(self, event: dict[str, Any]) -> None:
        session = InnerSession(self._session, event["sessionId"])
        target = Target(session, self._readers, self._inbox, self._clock)
        self._inner[event["sessionId"]] = session, target
        opening = asyncio.create_task(self._open_inner(session, target))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    async def _open_inner(self, session: InnerSession, target: "Target") -> None:
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
