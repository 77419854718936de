"""A socket for a connection of any ASGI server: one task sends the messages, one batch at a time."""

import asyncio
from contextlib import suppress

from starlette.types import Send
from starlette.websockets import WebSocketDisconnect


class AsgiSocket:
    """Messages for a connection of any ASGI server: one task sends them, one batch at a time."""

    def __init__(self, send: Send) -> None:
        self.held: list[bytes] = []
        self._send = send
        self._empty = asyncio.Event()
        self._empty.set()
        self._task: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether a batch is still being sent."""
        return not self._empty.is_set()

    def frame(self, head: bytes, length: int) -> bytes:
        """Frames are the server's business."""
        return head

    def send(self, message: bytes) -> None:
        """Have a message sent."""
        self.held.append(message)
        self.flush()

    def flush(self) -> None:
        """Have what is held sent."""
        self._empty.clear()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def drained(self) -> None:
        """Wait until everything was sent, or the connection is lost."""
        await self._empty.wait()

    def close(self) -> None:
        """Send nothing more."""
        if self._task is not None:
            self._task.cancel()

    async def _write(self) -> None:
        # A lost connection is noticed by whoever reads from it.
        with suppress(WebSocketDisconnect, OSError, RuntimeError):
            while self.held:
                messages = self.held.copy()
                self.held.clear()
                for message in messages:
                    await self._send({"type": "websocket.send", "text": message.decode()})
        self._empty.set()
