"""The answer to a connection that is refused before any application sees it."""

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import STATUS_LINE


def error_response(status: HTTPStatus) -> bytes:
    """Return a whole response with no text but the status, after which the connection is closed."""
    body = status.phrase.encode()
    return b"%bcontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (
        STATUS_LINE[status],
        len(body),
        body,
    )
