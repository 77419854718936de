"""Transports: GraphQL over HTTP, WebSocket, server-sent events and multipart, and plain JSON over WebSocket.

This package holds all that depends on HTTP, on WebSocket frames, on uvicorn, or on a protocol of Strawberry's. Which
data a client gets is decided in `tickql.api.schema` and `tickql.api.fanout`. This package may import every other one of
the API; only `tickql.api.app` and `tickql.api.server` may import it.
"""

__all__ = ["endpoint", "http_connection", "plain_websocket", "websocket_connection"]
