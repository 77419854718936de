"""The interface of a subscriber's socket: sending never waits, and the socket reports when its client is slow."""

from typing import Protocol


class Socket(Protocol):
    """Sends messages to one client.

    A message is a prefix, which belongs to one subscription, followed by a payload, which many subscriptions share.
    """

    @property
    def full(self) -> bool:
        """Whether the client has not yet received what was sent before. Sending more is allowed and costs memory."""

    def message_start(self, prefix: bytes, payload_bytes: int) -> bytes:
        """Return the bytes that precede a payload of `payload_bytes` bytes: what the transport needs, then the prefix.

        The result may be reused for every payload of the same length.
        """

    def send(self, message: bytes) -> None:
        """Send a message: the result of `message_start`, followed by the payload. Does not wait."""

    @property
    def batch(self) -> list[bytes]:
        """Messages for the next `flush`. Always the same list: a sender of many messages appends to it directly."""

    def flush(self) -> None:
        """Send all messages of `batch` in one write, and clear it."""

    async def drained(self) -> None:
        """Wait until the socket is not full, or the connection is lost."""

    def close(self) -> None:
        """Send nothing more. The connection itself stays open: its owner closes it."""
