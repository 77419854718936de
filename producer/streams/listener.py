"""The listener of one page: collects what the page receives. A page without `[[stream]]` rules costs nothing."""

import asyncio
from typing import Any

from playwright.async_api import CDPSession, Page

from tickql.producer.browser.event_handler import EventHandler
from tickql.producer.feedfile.stream_rules import StreamKind
from tickql.producer.streams.browser_clock import BrowserClock
from tickql.producer.streams.cdp_target import CONTEXTS_CLEARED, CdpTarget
from tickql.producer.streams.event_queue import EventQueue
from tickql.producer.streams.events import DocumentReplaced, StreamEvent
from tickql.producer.streams.network import Network
from tickql.producer.streams.stream_set import StreamSet
from tickql.producer.streams.websockets import WebSockets


class StreamListener:
    """Listens to one page, from before its first navigation until `close`.

    Handlers of browser events and body-fetching tasks write to one queue, the page watcher reads it with `pop_all`.
    `arrived` is set when there is something to read.
    """

    def __init__(self, page: Page, session: CDPSession, streams: StreamSet, arrived: asyncio.Event) -> None:
        self._session = session
        self._queue = EventQueue(arrived)
        self._cleared = EventHandler(self._on_cleared)
        websockets = [reader for reader in streams.readers if reader.rule.kind is StreamKind.WEBSOCKET]
        self._websockets = WebSockets(page, websockets, self._queue)
        others = [reader for reader in streams.readers if reader not in websockets]
        network = Network(session, others, self._queue, BrowserClock(), self._websockets)
        self._target = CdpTarget(session, network) if streams.readers else None
        self._closing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start to listen.

        Raises:
            playwright.async_api.Error: the page does not answer.
        """
        if self._target is not None:
            self._session.on(CONTEXTS_CLEARED, self._cleared)
            await self._target.open()

    def close(self) -> None:
        """Stop listening. Returns at once; frames that are paused at their start run on a moment later."""
        if self._target is not None:
            self._session.remove_listener(CONTEXTS_CLEARED, self._cleared)
            self._websockets.close()
            # The attribute holds the task: asyncio itself keeps only a weak reference.
            self._closing = asyncio.create_task(self._target.close_and_release())

    def pop_all(self) -> list[StreamEvent]:
        """Return all events since the last call, oldest first."""
        return self._queue.pop_all()

    def _on_cleared(self, _: Any) -> None:
        # Old requests are forgotten before `DocumentReplaced` is queued, with no await in between: so no body of the
        # old document can follow it in the queue and be taken for a price of the new one.
        self._websockets.reset()
        if self._target is not None:
            self._target.reset()
        self._queue.put(DocumentReplaced())
