"""The answer to a connection that is refused before any application sees it."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_HEADERS = b"""content-type: application/json\r
x-content-type-options: nosniff\r
connection: close\r
\r
"""


def error_response(status: HTTPStatus, cors: bytes = b"") -> bytes:
    """Return a whole response, in the form of a GraphQL error, after which the connection is closed.

    `cors`: the headers of `cors_headers`.
    """
    code = "BUSY" if status is HTTPStatus.SERVICE_UNAVAILABLE else "BAD_REQUEST"
    body = b'{"errors":[{"message":"%b","extensions":{"code":"%b"}}]}' % (status.phrase.encode(), code.encode())
    return b"%bcontent-length: %d\r\n%b%b%b" % (STATUS_LINE[status], len(body), cors, _HEADERS, body)


def cors_headers(allowed: Sequence[str], headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the headers that let a page of an allowed origin read a refusal; empty: the page may not.

    `headers`: those of the request that have arrived. Without an `Origin` among them (a connection is refused before
    it has sent anything) the answer is for the only allowed origin, or for all.
    """
    if "*" in allowed:
        return b"access-control-allow-origin: *\r\n"
    only = allowed[0].encode() if len(allowed) == 1 else None
    origin = next((value for name, value in headers if name == b"origin"), only)
    if origin is None or origin.decode("latin-1") not in allowed:
        return b""
    return b"access-control-allow-origin: %b\r\nvary: Origin\r\n" % origin


def may_write_error(cycle: RequestResponseCycle | None, is_pipelined: bool) -> bool:
    """Return whether a connection may be answered with an error. A request that waits for its body ends then.

    `cycle`: the last request that uvicorn knows; `None`: there is none. `is_pipelined`: it waits behind another one.
    """
    if cycle is None or cycle.response_complete:
        return True
    if is_pipelined or not cycle.more_body or cycle.response_started:
        return False
    cycle.disconnected = True
    cycle.message_event.set()
    return True
