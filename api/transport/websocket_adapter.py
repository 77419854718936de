"""Strawberry's access to a WebSocket, for connections that clients close and break at any moment."""

from collections.abc import Mapping
from contextlib import suppress

from starlette.websockets import WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected

from tickql.api.transport.close_codes import close_reason


class WebSocketAdapter(ASGIWebSocketAdapter):
    """Sends and closes, also while the connection is being closed from another task or by the client."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message.

        Raises:
            WebSocketDisconnected: the connection is closed, or is being closed.
        """
        try:
            await super().send_json(message)
        except RuntimeError as error:
            # Starlette's and uvicorn's answer to a message that follows a close.
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        """Close the connection. Does nothing if it is closed already."""
        with suppress(RuntimeError, WebSocketDisconnect):
            await super().close(code, close_reason(reason))
