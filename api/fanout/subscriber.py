"""One subscription of one connection, as the engine serves it."""

import asyncio
from dataclasses import dataclass, field

from tickql.api.fanout.board import Positions
from tickql.api.fanout.silent_socket import SILENT_SOCKET
from tickql.api.fanout.socket import Socket
from tickql.feed.tick import Cursor


@dataclass(eq=False, slots=True)
class Subscriber:
    """A subscription and its state in the engine. `prefix` is the first part of each of its messages."""

    socket: Socket
    prefix: bytes
    positions: Positions = ()
    """Of a paced subscriber: its position in the ring of each symbol."""
    not_before_s: float = 0.0
    """Of a paced subscriber: time of the event loop before which it gets no event."""
    batch: list[bytes] = field(init=False)
    """The `batch` of the socket. Kept here to save an attribute lookup per message."""
    fell_behind: "asyncio.Future[tuple[int, Cursor]] | None" = None
    """Resolves when a live subscriber must catch up from its own reader: the index of the ring to continue at, and the
    cursor of the tick before it. `None`: the subscriber was never live."""
    message_start: bytes = b""
    """The bytes that precede a payload of `payload_bytes` bytes.

    Most payloads are as long as the one before, so the result for the last length is kept.
    """
    payload_bytes: int = -1

    def __post_init__(self) -> None:
        self.batch = self.socket.batch

    def prepare(self, payload_bytes: int) -> None:
        """Compute `message_start` for payloads of that length."""
        self.message_start = self.socket.message_start(self.prefix, payload_bytes)
        self.payload_bytes = payload_bytes

    def send(self, payload: bytes) -> None:
        """Send one message."""
        if self.payload_bytes != len(payload):
            self.prepare(len(payload))
        self.socket.send(self.message_start + payload)

    def end(self) -> None:
        """Send nothing from now on. The engine notices the end of its call later, and might send a tick before."""
        self.socket, self.batch = SILENT_SOCKET, SILENT_SOCKET.batch
