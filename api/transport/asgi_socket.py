"""A subscriber's socket on any ASGI server."""

import asyncio
from contextlib import suppress

from starlette.types import Send
from starlette.websockets import WebSocketDisconnect


class AsgiSocket:
    """A `Socket` whose messages are sent by one task, one batch at a time."""

    def __init__(self, send: Send) -> None:
        self.batch: list[bytes] = []
        self._send = send
        self._empty = asyncio.Event()
        self._empty.set()
        self._task: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether a batch is still being sent."""
        return not self._empty.is_set()

    def message_start(self, prefix: bytes, payload_bytes: int) -> bytes:
        """Return the prefix: the server adds the frame header."""
        return prefix

    def send(self, message: bytes) -> None:
        """Send a message. Does not wait."""
        self.batch.append(message)
        self.flush()

    def flush(self) -> None:
        """Send the messages of `batch`. Does not wait."""
        self._empty.clear()
        # A task that runs takes these messages when it has sent its own.
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def drained(self) -> None:
        """Wait until every message was sent, or the connection is lost."""
        await self._empty.wait()

    def close(self) -> None:
        """Send nothing more."""
        if self._task is not None:
            self._task.cancel()

    async def _write(self) -> None:
        # A lost connection is reported to the task that receives from it: nothing is to be done here.
        with suppress(WebSocketDisconnect, OSError, RuntimeError):
            while self.batch:
                messages = self.batch.copy()
                # The same list must stay: subscribers keep a reference to it.
                self.batch.clear()
                for message in messages:
                    await self._send({"type": "websocket.send", "text": message.decode()})
        self._empty.set()
