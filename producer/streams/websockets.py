"""The WebSockets of a page, of its frames and of its dedicated workers.

Playwright forwards every frame to this process whether or not there is a handler: to listen costs no extra message and
no extra memory. Playwright does not report in which frame a socket is, nor that the socket of a frame of another site
ended with its frame; the frame's `Network` reports that, see `mark_closed`. Sockets of shared and of service workers
are not visible to Playwright.
"""

from collections.abc import Sequence

from playwright.async_api import Page, WebSocket

from tickql.producer.browser.event_handler import EventHandler
from tickql.producer.clock import now_us
from tickql.producer.errors import excerpt
from tickql.producer.streams.event_queue import EventQueue
from tickql.producer.streams.events import ConnectionClosed, ConnectionOpened, MessageReceived, serial_numbers
from tickql.producer.streams.reader import StreamReader


class _Connection:
    """One socket and the rules that read it. Counts as open until it closes, and again after a further message."""

    def __init__(self, url: str, readers: Sequence[StreamReader], queue: EventQueue) -> None:
        self.url = url
        self._readers = readers
        self._queue = queue
        self._number = next(serial_numbers)
        self._is_open = False

    def open(self) -> None:
        if not self._is_open:
            self._is_open = True
            for reader in self._readers:
                self._queue.put(ConnectionOpened(reader, self._number, self.url))

    # A plain function that never awaits: so messages enter the queue in the order in which the driver sends them.
    def handle_message(self, data: str | bytes) -> None:
        us = now_us()
        self.open()
        for reader in self._readers:
            self._queue.put(MessageReceived(reader, self._number, data, us))

    def close(self, failure: str | None) -> None:
        self._is_open = False
        for reader in self._readers:
            self._queue.put(ConnectionClosed(reader, self._number, failure))


class WebSockets:
    """Listens to the sockets whose addresses the rules name, from its construction until `close`."""

    def __init__(self, page: Page, readers: Sequence[StreamReader], queue: EventQueue) -> None:
        self._page = page
        self._readers = readers
        self._queue = queue
        self._connections: set[_Connection] = set()
        self._handler = EventHandler(self._on_socket)
        if readers:
            page.on("websocket", self._handler)

    def close(self) -> None:
        """Ignore new sockets. Open sockets stay observed until their document is gone."""
        if self._readers:
            self._page.remove_listener("websocket", self._handler)

    def reset(self) -> None:
        """Forget all sockets: the page has loaded another document."""
        self._connections.clear()

    def mark_closed(self, url: str) -> None:
        """Report all sockets of an address as closed, because the frame of at least one of them is gone.

        Which of several sockets of one address is gone is not known. A socket that still lives counts as open again
        with its next message.
        """
        for connection in self._connections:
            if connection.url == url:
                connection.close(None)

    def _on_socket(self, socket: WebSocket) -> None:
        readers = [reader for reader in self._readers if reader.rule.matches_url(socket.url)]
        if not readers:
            return
        connection = _Connection(socket.url, readers, self._queue)
        self._connections.add(connection)

        def on_end(error: object) -> None:
            self._connections.discard(connection)
            connection.close(f"connection failed: {excerpt(error, 80)}" if isinstance(error, str) else None)

        socket.on("framereceived", EventHandler(connection.handle_message))
        socket.on("socketerror", EventHandler(on_end))
        socket.on("close", EventHandler(on_end))
        connection.open()
