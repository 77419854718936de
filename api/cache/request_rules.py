"""Which requests the query cache may answer, and what their answers depend on."""

from collections.abc import Iterable
from typing import NamedTuple

from tickql.api.limits.values import LIMITS

GRAPHQL_PATH = "/graphql"
"""Path of the GraphQL endpoint."""

_TARGET = GRAPHQL_PATH.encode()
_MAX_CACHED_BODY_BYTES = 8192
"""A larger request is not kept: a thousand of them would take more memory than their answers are worth."""
_JSON = b"application/json"
_SITE_HEADERS = (b"host", b"sec-fetch-site", b"sec-fetch-mode")
_VARYING_HEADERS = (b"origin", b"last-event-id", b"content-encoding")
"""The answer to a request with one of these headers may depend on the header's value: it is always executed."""


class CacheableRequest(NamedTuple):
    """A request that the cache may answer.

    `key`: what the answer depends on besides the prices and the rights of the client. `authorization`: the values of
    the `Authorization` headers, from which these rights follow.
    """

    key: tuple[bytes, ...]
    authorization: list[str]


def has_cacheable_request_line(method: bytes, target: bytes) -> bool:
    """Whether a request line may belong to a cacheable request. `target` is the path, with the query string if any."""
    return target == _TARGET and method == b"POST"


def cacheable_request(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> CacheableRequest | None:
    """Return what the answer to a request depends on: its body and some headers. `None`: it is not cacheable.

    The names in `headers` are in lower case. The request line must have been accepted by `has_cacheable_request_line`.
    """
    if len(body) > _MAX_CACHED_BODY_BYTES:
        return None
    accept, site, is_json = b"", b"", False
    authorization: list[str] = []
    for name, value in headers:
        if name == b"accept":
            accept = value
            if len(accept) > LIMITS.accept_bytes:
                return None
        elif name == b"content-type":
            is_json = value == _JSON or value.startswith(_JSON + b";")
        elif name == b"authorization":
            authorization.append(value.decode("latin-1"))
        elif name in _SITE_HEADERS:
            # The server refuses some hosts and pages: what one may read is no answer for another.
            site += b"%b:%b," % (name, value)
        elif name in _VARYING_HEADERS:
            return None
    return CacheableRequest((body, accept, site), authorization) if is_json else None
