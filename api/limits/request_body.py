"""How the body of a request arrives: in how many pieces, and with how much between them."""

from http import HTTPStatus

from tickql.api.limits.values import Limits


class RequestBody:
    """Counts the pieces of one request's body, and the bytes that belong to none, while it arrives."""

    __slots__ = ("_limits", "_pieces", "_without_part")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.begin()

    def begin(self) -> None:
        """Start with the next request."""
        self._pieces = self._without_part = 0

    def piece(self) -> None:
        """Count a piece of the body."""
        self._pieces += 1
        self._without_part = 0

    def trailer(self) -> None:
        """Note a whole trailer. It counts as a header."""
        self._without_part = 0

    def unfinished(self, length: int) -> None:
        """Count bytes after which the body has not ended. The parser keeps a trailer, or reads on in an extension."""
        self._without_part += length

    @property
    def excess(self) -> HTTPStatus | None:
        """The status of the answer to a body that arrives in this way; `None`: it may."""
        if self._pieces > self._limits.body_pieces:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        if self._without_part > self._limits.header_bytes + self._limits.parsed_bytes:
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        return None
