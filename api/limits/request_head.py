"""What is refused by the head of a request: its URL, its headers, and what it announces."""

from collections.abc import Iterable
from http import HTTPStatus

from tickql.api.limits.values import Limits

_SLACK_BYTES = 4 * 1024
"""What separates the parts of a head of the largest size: spaces, colons, line ends, the method."""


class RequestHead:
    """Counts the parts of one request's head while it arrives."""

    __slots__ = ("_announced", "_header_bytes", "_headers", "_limits", "_received", "_url_bytes")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.begin()

    def begin(self) -> None:
        """Start with the next request."""
        self._url_bytes = self._header_bytes = self._headers = self._received = 0
        self._announced: HTTPStatus | None = None

    def url(self, length: int) -> None:
        """Count a piece of the URL."""
        self._url_bytes += length

    def header(self, length: int) -> None:
        """Count a header, by the bytes of its name and value."""
        self._headers += 1
        self._header_bytes += length

    @property
    def has_too_many_headers(self) -> bool:
        """Whether no further header is needed to refuse the request."""
        return self._headers > self._limits.headers

    def unfinished(self, length: int) -> None:
        """Count bytes after which the head has not ended. The parser shows a header only when it is complete."""
        self._received += length

    def complete(self, version: str, asking: Iterable[tuple[bytes, bytes]]) -> None:
        """Check what the head announces.

        `asking`: the headers of a client that asks before it sends its body (`Expect: 100-continue`), else none. A body
        that is too large would be sent for nothing.
        """
        if version not in ("1.0", "1.1"):
            self._announced = HTTPStatus.HTTP_VERSION_NOT_SUPPORTED
        elif any(name == b"content-length" and int(value) > self._limits.body_bytes for name, value in asking):
            self._announced = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    @property
    def excess(self) -> HTTPStatus | None:
        """The status of the answer to a head that is too large, or announces what is refused; `None`: it does not."""
        limits = self._limits
        if self._url_bytes > limits.url_bytes:
            return HTTPStatus.REQUEST_URI_TOO_LONG
        largest = limits.url_bytes + limits.header_bytes + _SLACK_BYTES + limits.parsed_bytes
        if self.has_too_many_headers or self._header_bytes > limits.header_bytes or self._received > largest:
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        return self._announced
