"""The errors that the API raises on purpose.

ApiError
├── BadUserInput      an argument is invalid; only its operation ends
├── LimitExceeded     an operation would cost more than one may; only it ends
├── Busy              too many calls of this client wait; only this query ends
├── FeedAway          Redis cannot be reached; only this query ends, running subscriptions wait
├── Unauthenticated   no valid token; only its operation, request or connection ends
├── KeysAway          the address of the JWT keys has never answered; only the request or connection ends
├── Forbidden         the token does not cover a symbol; only the operation ends
├── OperatorsOnly     the token is not an operator's; only the operation or request ends
├── CannotListen      the server cannot use its address; nothing was started
├── TokenFileUnusable the token file cannot be read or written; a running server keeps the tokens before
├── KeysUnusable      the keys that verify JWTs cannot be read; a running server keeps the keys before
└── PageMissing       (in `tickql.api.built_page`) the board or GraphiQL was never built; the API works without it
"""


class ApiError(Exception):
    """Base of the errors of this package. The message may be shown to clients.

    `extensions` becomes the `extensions` of the GraphQL error.
    """

    extensions: dict[str, object]

    def __init__(self, message: str, **extensions: object) -> None:
        super().__init__(message)
        self.extensions = extensions


class BadUserInput(ApiError):
    """An argument is malformed, out of range, or contradicts another one (`extensions.code` `BAD_USER_INPUT`)."""

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(f"argument `{argument}`: {problem}", code="BAD_USER_INPUT", argument=argument)


class LimitExceeded(ApiError):
    """An operation goes beyond a limit (`extensions.code` `LIMIT_EXCEEDED`, `extensions.limit` the limit's name)."""

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message, code="LIMIT_EXCEEDED", limit=limit)


class Busy(ApiError):
    """Too many calls of this client wait for their turn (`extensions.code` `BUSY`). The client may try again."""

    def __init__(self) -> None:
        super().__init__("too many of your queries wait for the price feed, try again soon", code="BUSY")


class FeedAway(ApiError):
    """The price feed cannot be reached (`extensions.code` `FEED_UNAVAILABLE`).

    The message does not contain the address of Redis, which clients must not learn.
    """

    def __init__(self) -> None:
        super().__init__("the price feed cannot be reached at the moment, try again soon", code="FEED_UNAVAILABLE")


class Unauthenticated(ApiError):
    """A client has no token, or one that is not valid (`extensions.code` `UNAUTHENTICATED`)."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="UNAUTHENTICATED")


class KeysAway(ApiError):
    """A JWT cannot be verified yet: the address of the keys has never answered (`extensions.code` `KEYS_UNAVAILABLE`).

    The token may be valid: the client may try again.
    """

    def __init__(self) -> None:
        super().__init__(
            "the keys that verify JWTs cannot be fetched at the moment, try again soon", code="KEYS_UNAVAILABLE"
        )


class Forbidden(ApiError):
    """The token of a client does not cover a symbol, which may or may not exist (`extensions.code` `FORBIDDEN`)."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"your token does not cover the symbol {symbol!r}", code="FORBIDDEN", symbol=symbol)


class OperatorsOnly(ApiError):
    """What a producer sees is for operators (`extensions.code` `FORBIDDEN`)."""

    def __init__(self) -> None:
        super().__init__(
            "what the producer sees is for operators: `tickql token new --operator`, or a server on a loopback address",
            code="FORBIDDEN",
        )


class TokenFileUnusable(ApiError):
    """The token file cannot be read or written."""


class KeysUnusable(ApiError):
    """The keys that verify JWTs cannot be read, or there is none."""


class CannotListen(ApiError):
    """The address or port is in use, does not belong to this machine, or is not allowed by the settings."""
