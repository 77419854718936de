"""The socket of a subscription that its client has ended."""


class SilentSocket:
    """A `Socket` that sends nothing and is never full."""

    full = False

    def __init__(self) -> None:
        self.batch: list[bytes] = []

    def message_start(self, prefix: bytes, payload_bytes: int) -> bytes:
        """Return nothing: no message is sent."""
        return b""

    def send(self, message: bytes) -> None:
        """Drop a message."""

    def flush(self) -> None:
        """Drop all messages of `batch`."""
        self.batch.clear()

    async def drained(self) -> None:
        """Return at once."""

    def close(self) -> None:
        """Do nothing."""


SILENT_SOCKET = SilentSocket()
"""All ended subscriptions share it."""
