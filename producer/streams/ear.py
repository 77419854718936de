"""The ear for what one page receives. A page whose feed file has no `[[stream]]` costs nothing."""

import asyncio
from typing import Any

from playwright.async_api import CDPSession, Page

from producer.streams.browserclock import BrowserClock
from producer.streams.handler import Handler
from producer.streams.inbox import Inbox
from producer.streams.items import Restarted, StreamItem
from producer.streams.network import Network
from producer.streams.rule import StreamKind
from producer.streams.sockets import Sockets
from producer.streams.streams import Streams
from producer.streams.target import CLEARED, Target


class Ear:
    """Hears one page, from before it goes anywhere until `close`. `arrived` is set when there is something to take."""

    def __init__(self, page: Page, session: CDPSession, streams: Streams, arrived: asyncio.Event) -> None:
        self._session = session
        self._inbox = Inbox(arrived)
        self._cleared = Handler(self._on_cleared)
        sockets = [reader for reader in streams.readers if reader.rule.kind is StreamKind.WEBSOCKET]
        self._sockets = Sockets(page, sockets, self._inbox)
        others = [reader for reader in streams.readers if reader not in sockets]
        network = Network(session, others, self._inbox, BrowserClock(), self._sockets)
        self._target = Target(session, network) if streams.readers else None
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
            self._sockets.close()
            self._closing = asyncio.create_task(self._target.let_go())

    def take(self) -> list[StreamItem]:
        """Everything that has come, in order."""
        return self._inbox.take()

    def _on_cleared(self, _: Any) -> None:
        self._sockets.restart()
        if self._target is not None:
            self._target.restart()
        self._inbox.put(Restarted())
