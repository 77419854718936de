"""A subscriber's socket as the engine uses it: it takes messages without waiting and reports when it is full."""

from typing import Protocol


class Socket(Protocol):
    """Where messages to one client go. A message is a head of its own and a tail that many share."""

    @property
    def full(self) -> bool:
        """Whether the client has yet to take what was sent. It may still be sent more."""

    def frame(self, head: bytes, length: int) -> bytes:
        """What to put in front of a tail of `length` bytes to make a message of the two."""

    def send(self, message: bytes) -> None:
        """Send a message."""

    @property
    def held(self) -> list[bytes]:
        """Messages for the next `flush`, always the same list: whoever has many adds them here."""

    def flush(self) -> None:
        """Send what is held, all in one."""

    async def drained(self) -> None:
        """Wait until the socket is not full."""

    def close(self) -> None:
        """Send nothing more. The connection is somebody else's to close."""
