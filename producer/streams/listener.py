"""The ear for what one page receives. A page whose feed file has no `[[stream]]` costs nothing."""

import asyncio
from typing import Any

from playwright.async_api import CDPSession, Page

from tickql.producer.browser.event_handler import EventHandler
from tickql.producer.feedfile.stream_rules import StreamKind
from tickql.producer.streams.browser_clock import BrowserClock
from tickql.producer.streams.cdp_target import CLEARED, CdpTarget
from tickql.producer.streams.event_queue import EventQueue
from tickql.producer.streams.events import ListenerRestarted, StreamEvent
from tickql.producer.streams.network import Network
from tickql.producer.streams.stream_set import StreamSet
from tickql.producer.streams.websockets import WebSockets


class StreamListener:
    """Hears one page, from before it goes anywhere until `close`. `arrived` is set when there is something to take."""

    def __init__(self, page: Page, session: CDPSession, streams: StreamSet, arrived: asyncio.Event) -> None:
        self._session = session
        self._inbox = EventQueue(arrived)
        self._cleared = EventHandler(self._on_cleared)
        websockets = [reader for reader in streams.readers if reader.rule.kind is StreamKind.WEBSOCKET]
        self._websockets = WebSockets(page, websockets, self._inbox)
        others = [reader for reader in streams.readers if reader not in websockets]
        network = Network(session, others, self._inbox, BrowserClock(), self._websockets)
        self._target = CdpTarget(session, network) if streams.readers else None
        self._closing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Listen.

        Raises:
            playwright.async_api.Error: the page does not answer.
        """
        if self._target is not None:
            self._session.on(CLEARED, self._cleared)
            await self._target.open()

    def close(self) -> None:
        """Listen no more. Returns at once; what is held for being listened to goes on a moment later."""
        if self._target is not None:
            self._session.remove_listener(CLEARED, self._cleared)
            self._websockets.close()
            self._closing = asyncio.create_task(self._target.let_go())

    def take(self) -> list[StreamEvent]:
        """Everything that has come, in order."""
        return self._inbox.take()

    def _on_cleared(self, _: Any) -> None:
        self._websockets.restart()
        if self._target is not None:
            self._target.restart()
        self._inbox.put(ListenerRestarted())
