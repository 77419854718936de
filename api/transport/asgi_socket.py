"""A subscriber's socket on any ASGI server."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.types import Message, Send
from starlette.websockets import WebSocketDisconnect

from tickql.api.transport.prepared_socket import CHUNK_END


class AsgiSocket:
    """A `Socket` whose messages are sent by one task, one batch at a time.

    `asgi_message` makes an ASGI message of one of ours: `text_frame` or `body_part`.
    """

    def __init__(self, send: Send, asgi_message: Callable[[bytes], Message]) -> None:
        self.batch: list[bytes] = []
        self._send = send
        self._asgi_message = asgi_message
        self._empty = asyncio.Event()
        self._empty.set()
        self._task: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether a batch is still being sent."""
        return not self._empty.is_set()

    def message_start(self, prefix: bytes, payload_bytes: int) -> bytes:
        """Return the prefix: the server adds what the protocol requires."""
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
                    await self._send(self._asgi_message(message))
        self._empty.set()


def text_frame(message: bytes) -> Message:
    """Return a WebSocket message."""
    return {"type": "websocket.send", "text": message.decode()}


def body_part(message: bytes) -> Message:
    """Return a part of a streaming response. The server adds the end of the chunk itself."""
    return {"type": "http.response.body", "body": message.removesuffix(CHUNK_END), "more_body": True}
