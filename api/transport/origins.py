"""Which web pages may open a socket here. Browsers send `Origin` with every handshake; other programs need not.

`/graphql` is guarded by Strawberry, with the same settings and the same rules.
"""

from collections.abc import Collection

from starlette.datastructures import Headers
from strawberry.http.websocket_origin import is_same_origin, normalize_origin


def is_allowed(headers: Headers, allowed_origins: Collection[str]) -> bool:
    """Whether a handshake comes from no web page, from our own host and port, or from a page on the list."""
    origin = headers.get("origin")
    if origin is None or "*" in allowed_origins or is_same_origin(origin, headers.get("host")):
        return True
    return normalize_origin(origin) in allowed_origins
