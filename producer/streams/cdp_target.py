"""Targets of the DevTools protocol: a page, the frames of other sites and the workers in it, and their own children.

Chromium runs each of them in a session of its own. A frame is paused at its start until it is observed, so nothing of
it is missed. Playwright itself resumes a worker at once: a request in the worker's first moment is observed only if the
response's head comes after the handlers are in place.
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

CONTEXTS_CLEARED = "Runtime.executionContextsCleared"
"""The event by which a page or a frame reports that it has loaded another document."""

# A page can create frames and workers without end: each costs a session and a pause at its start.
_MAX_CHILDREN = 50
# Service workers are left out: what a service worker fetches for the page appears as a request of the page.
_FRAMES = [{"type": "iframe"}]
_FRAMES_AND_WORKERS = [*_FRAMES, {"type": "worker"}]
# Without "flatten", messages of children come wrapped in events of their parent: the only way to see them through
# Playwright, which forwards no message of a session that it has not opened itself.
_ATTACH = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": False}
_RELEASE = {"autoAttach": False, "waitForDebuggerOnStart": False, "flatten": False}


class CdpTarget:
    """Observes one target and all its children, at most 50 at each level, until `close`."""

    def __init__(self, session: CdpSession, network: Network, *, is_frame: bool = False) -> None:
        """`is_frame`: the target is a frame of another site."""
        self._session = session
        self._network = network
        self._is_frame = is_frame
        self._children: dict[str, tuple[ChildCdpSession, CdpTarget]] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._handlers = {
            "Target.attachedToTarget": EventHandler(self._on_attached),
            "Target.detachedFromTarget": EventHandler(self._on_detached),
            "Target.receivedMessageFromTarget": EventHandler(self._on_message),
        }
        if is_frame:
            self._handlers[CONTEXTS_CLEARED] = EventHandler(self._on_cleared)

    async def open(self) -> None:
        """Start to observe the target.

        Raises:
            playwright.async_api.Error: the target does not answer.
        """
        for event, handler in self._handlers.items():
            self._session.on(event, handler)
        # With WebSocket rules only, the page itself needs no `Network` events: Playwright reports its sockets. A frame
        # needs them, so that its sockets can be marked as closed when the frame is gone.
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
            logger.warning("workers and frames of other sites are not observed: %s", error)

    def close(self) -> None:
        """Stop observing the target and its children."""
        self._network.close()
        for event, handler in self._handlers.items():
            self._session.remove_listener(event, handler)
        for task in self._opening:
            task.cancel()
        for _, target in self._children.values():
            target.close()

    async def close_and_release(self) -> None:
        """Stop observing, and let children run that are still paused at their start."""
        self.close()
        with suppress(PlaywrightError):
            await self._session.send("Target.setAutoAttach", _RELEASE, timeout=CALL_MS)

    def handle_detach(self) -> None:
        """Report all connections of the target and its children as closed: the target is gone."""
        self._network.handle_detach()
        for _, target in self._children.values():
            target.handle_detach()

    def reset(self) -> None:
        """Forget the requests of the old document: the target has loaded another one."""
        self._network.reset()

    def _on_cleared(self, _: Any) -> None:
        # The old document may have run in another process, which sends no more events: its connections end here.
        self._network.handle_detach()
        self._network.reset()

    def _on_attached(self, event: dict[str, Any]) -> None:
        session = ChildCdpSession(self._session, event["sessionId"])
        is_frame = event["targetInfo"]["type"] == "iframe"
        target = CdpTarget(session, self._network.for_session(session), is_frame=is_frame)
        # The child is registered before the first await: its messages and its detach event may come at any time.
        self._children[event["sessionId"]] = session, target
        opening = asyncio.create_task(self._open_child(session, target))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    async def _open_child(self, session: ChildCdpSession, target: "CdpTarget") -> None:
        # Errors are ignored: the child may be gone already. A child that cannot be observed is resumed all the same,
        # since a frame that stays paused would look broken to the page.
        with suppress(PlaywrightError):
            try:
                if len(self._children) <= _MAX_CHILDREN:
                    await target.open()
            finally:
                await session.send("Runtime.runIfWaitingForDebugger", timeout=CALL_MS)

    def _on_detached(self, event: dict[str, Any]) -> None:
        # The child's opening task may still wait for an answer. Its call then fails or times out, which is ignored.
        child = self._children.pop(event["sessionId"], None)
        if child is not None:
            _, target = child
            target.handle_detach()
            target.close()

    def _on_message(self, event: dict[str, Any]) -> None:
        child = self._children.get(event["sessionId"])
        if child is not None:
            session, _ = child
            session.handle_message(event["message"])
