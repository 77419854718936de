"""The WebSockets of a page, of its frames and of its dedicated workers.

Playwright passes every frame on, listened to or not: to listen costs no message, and keeps nothing that would not be
kept anyway. Sockets of shared and service workers are not heard. The end of one in a cross-site frame that is taken
away is not told: `max_silence` notices.
"""

from collections.abc import Sequence
from functools import partial

from playwright.async_api import Page, WebSocket

from producer.source import now_us
from producer.streams.handler import Handler
from producer.streams.inbox import Inbox
from producer.streams.items import Closed, Opened, Received, numbers
from producer.streams.reader import StreamReader


class Sockets:
    """Hears the sockets of the addresses that rules name, from now on."""

    def __init__(self, page: Page, readers: Sequence[StreamReader], inbox: Inbox) -> None:
        self._page = page
        self._readers = readers
        self._inbox = inbox
        self._handler = Handler(self._on_socket)
        if readers:
            page.on("websocket", self._handler)

    def close(self) -> None:
        """Hear no new ones. Those that are open end with their document."""
        if self._readers:
            self._page.remove_listener("websocket", self._handler)

    def _on_socket(self, socket: WebSocket) -> None:
        url = socket.url
        readers = [reader for reader in self._readers if reader.rule.hears(url)]
        if not readers:
            return
        connection = next(numbers)
        socket.on("framereceived", Handler(partial(self._on_frame, readers, connection)))
        ended = Handler(partial(self._on_end, readers, connection))
        socket.on("socketerror", ended)
        socket.on("close", ended)
        for reader in readers:
            self._inbox.put(Opened(reader, connection, url))

    def _on_frame(self, readers: Sequence[StreamReader], connection: int, data: str | bytes) -> None:
        us = now_us()
        for reader in readers:
            self._inbox.put(Received(reader, connection, data, us))

    def _on_end(self, readers: Sequence[StreamReader], connection: int, error: object) -> None:
        failure = f"it failed: {error[:80]}" if isinstance(error, str) else None
        for reader in readers:
            self._inbox.put(Closed(reader, connection, failure))
