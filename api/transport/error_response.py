"""The answer to a connection that is refused before any application sees it."""

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_HEADERS = b"""content-type: application/json\r
x-content-type-options: nosniff\r
connection: close\r
\r
"""


def error_response(status: HTTPStatus) -> bytes:
    """Return a whole response, in the form of a GraphQL error, after which the connection is closed."""
    code = "BUSY" if status is HTTPStatus.SERVICE_UNAVAILABLE else "BAD_REQUEST"
    body = b'{"errors":[{"message":"%b","extensions":{"code":"%b"}}]}' % (status.phrase.encode(), code.encode())
    return b"%bcontent-length: %d\r\n%b%b" % (STATUS_LINE[status], len(body), _HEADERS, body)


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
