"""Which requests the query cache may answer, and what their answers depend on."""

from collections.abc import Iterable

from tickql.api.limits.values import LIMITS

GRAPHQL_PATH = "/graphql"
"""Path of the GraphQL endpoint."""

_TARGET = GRAPHQL_PATH.encode()
_MAX_CACHED_BODY_BYTES = 8192
"""A larger request is not kept: a thousand of them would take more memory than their answers are worth."""
_JSON = b"application/json"
_SITE_HEADERS = (b"host", b"sec-fetch-site", b"sec-fetch-mode")
_VARYING_HEADERS = (b"origin", b"authorization", b"last-event-id", b"content-encoding")
"""The answer to a request with one of these headers may depend on the header's value: it is always executed."""


def has_cacheable_request_line(method: bytes, target: bytes) -> bool:
    """Whether a request line may belong to a cacheable request. `target` is the path, with the query string if any."""
    return target == _TARGET and method == b"POST"


def cache_key(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> tuple[bytes, ...] | None:
    """Return all that the answer to a request depends on: its body and some headers. `None`: it is not cacheable.

    The names in `headers` are in lower case. The request line must have been accepted by `has_cacheable_request_line`.
    """
    if len(body) > _MAX_CACHED_BODY_BYTES:
        return None
    accept, site, is_json = b"", b"", False
    for name, value in headers:
        if name == b"accept":
            accept = value
            if len(accept) > LIMITS.accept_bytes:
                return None
        elif name == b"content-type":
            is_json = value == _JSON or value.startswith(_JSON + b";")
        elif name in _SITE_HEADERS:
            # The server refuses some hosts and pages: what one may read is no answer for another.
            site += b"%b:%b," % (name, value)
        elif name in _VARYING_HEADERS:
            return None
    return (body, accept, site) if is_json else None
