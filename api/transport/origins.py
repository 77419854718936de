"""Which web pages may open a plain WebSocket.

Browsers send `Origin` with every WebSocket handshake; other programs usually do not. For `/graphql`, Strawberry applies
the same rules with the same settings.
"""

from collections.abc import Collection

from starlette.datastructures import Headers
from strawberry.http.websocket_origin import is_same_origin, normalize_origin


def is_allowed(headers: Headers, allowed_origins: Collection[str]) -> bool:
    """Whether a handshake comes from no web page, from the server's own host and port, or from an allowed origin."""
    origin = headers.get("origin")
    if origin is None or "*" in allowed_origins or is_same_origin(origin, headers.get("host")):
        return True
    return normalize_origin(origin) in allowed_origins
