"""The errors of the client.

ClientError
├── InvalidAddress   a text that is not the address of an API
├── Unreachable      no answer: nothing listens there, or the server has no prices now; trying again may help
├── NotAnApi         the server at this address is not a tickql API
├── TokenRefused     the server needs a token, or does not accept this one (any more)
└── Refused          the server refuses what was asked for: a symbol, a cursor, a rate; the message names it

A subscription waits and tries again by itself where that may help: it raises the last three only.
"""


class ClientError(Exception):
    """Base of every error that the client raises on purpose. The message is a sentence for people."""


class InvalidAddress(ClientError, ValueError):
    """A text that is not the address of an API, such as `http://127.0.0.1:8000/graphql`."""


class Unreachable(ClientError):
    """No answer came, or the server has no prices now."""


class NotAnApi(ClientError):
    """The server at this address answers, and is not a tickql API."""


class TokenRefused(ClientError):
    """The server does not accept the token. The message is its reason."""


class Refused(ClientError):
    """The server refuses the operation. `code`: `extensions.code` of the error, such as `BAD_USER_INPUT`."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code
