"""What can go wrong in the API.

ApiError
├── BadUserInput      an argument that cannot be served; only its operation ends
├── FeedAway          Redis cannot be reached; only this operation ends, running subscriptions wait
├── CannotListen      the server's address cannot be used; nothing was started
└── GraphiqlMissing   (in `tickql.api.graphiql.page`) the page was never built; the API itself is not concerned
"""


class ApiError(Exception):
    """Base of every error that `api` raises on purpose. Its message is fit for a client's eyes.

    `extensions` goes into the GraphQL error as it is.
    """

    extensions: dict[str, object]

    def __init__(self, message: str, **extensions: object) -> None:
        super().__init__(message)
        self.extensions = extensions


class BadUserInput(ApiError):
    """An argument is malformed, out of range or contradicts another one (`extensions.code` `BAD_USER_INPUT`)."""

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(f"argument `{argument}`: {problem}", code="BAD_USER_INPUT", argument=argument)


class FeedAway(ApiError):
    """The price feed does not answer (`extensions.code` `FEED_UNAVAILABLE`). Says nothing of where it is."""

    def __init__(self) -> None:
        super().__init__("the price feed cannot be reached at the moment, try again soon", code="FEED_UNAVAILABLE")


class CannotListen(ApiError):
    """The address or port to listen on is taken, not ours, or not allowed by the settings."""
