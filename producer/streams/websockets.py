"""The WebSockets of a page, of its frames and of its dedicated workers.

Playwright passes every frame on, listened to or not: to listen costs no message, and keeps nothing that would not be
kept anyway. But it does not say where a socket is, nor that one has ended with a frame of another site: that is told
by whoever listens to that frame, see `doubt`. Sockets of shared and service workers are not heard.
"""

from collections.abc import Sequence

from playwright.async_api import Page, WebSocket

from tickql.producer.browser.event_handler import EventHandler
from tickql.producer.clock import now_us
from tickql.producer.streams.event_queue import EventQueue
from tickql.producer.streams.events import ConnectionClosed, ConnectionOpened, MessageReceived, numbers
from tickql.producer.streams.reader import StreamReader


class _Socket:
    """One of them. Taken for open until it is closed or doubted, and again once it speaks."""

    def __init__(self, url: str, readers: Sequence[StreamReader], inbox: EventQueue) -> None:
        self.url = url
        self._readers = readers
        self._inbox = inbox
        self._connection = next(numbers)
        self._is_open = False

    def open(self) -> None:
        if not self._is_open:
            self._is_open = True
            for reader in self._readers:
                self._inbox.put(ConnectionOpened(reader, self._connection, self.url))

    def hear(self, data: str | bytes) -> None:
        us = now_us()
        self.open()
        for reader in self._readers:
            self._inbox.put(MessageReceived(reader, self._connection, data, us))

    def close(self, failure: str | None) -> None:
        self._is_open = False
        for reader in self._readers:
            self._inbox.put(ConnectionClosed(reader, self._connection, failure))


class WebSockets:
    """Hears the sockets of the addresses that rules name, from now on."""

    def __init__(self, page: Page, readers: Sequence[StreamReader], inbox: EventQueue) -> None:
        self._page = page
        self._readers = readers
        self._inbox = inbox
        self._websockets: set[_Socket] = set()
        self._handler = EventHandler(self._on_socket)
        if readers:
            page.on("websocket", self._handler)

    def close(self) -> None:
        """Hear no new ones. Those that are open end with their document."""
        if self._readers:
            self._page.remove_listener("websocket", self._handler)

    def restart(self) -> None:
        """The page is another document now."""
        self._websockets.clear()

    def doubt(self, url: str) -> None:
        """A socket of this address is gone with its frame. Of several any may be: who is there still is heard again."""
        for socket in self._websockets:
            if socket.url == url:
                socket.close(None)

    def _on_socket(self, given: WebSocket) -> None:
        readers = [reader for reader in self._readers if reader.rule.hears(given.url)]
        if not readers:
            return
        socket = _Socket(given.url, readers, self._inbox)
        self._websockets.add(socket)

        def on_end(error: object) -> None:
            self._websockets.discard(socket)
            socket.close(f"it failed: {error[:80]}" if isinstance(error, str) else None)

        given.on("framereceived", EventHandler(socket.hear))
        given.on("socketerror", EventHandler(on_end))
        given.on("close", EventHandler(on_end))
        socket.open()
