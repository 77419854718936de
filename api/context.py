"""The context of a request, as resolvers get it."""

from dataclasses import dataclass

from strawberry.types import Info

from tickql.api.permitted_feed import PermittedFeed


@dataclass(slots=True)
class Context:
    """The context of one HTTP request, or of one WebSocket with all its operations.

    `feed`: the feed with the rights of the client. `last_event_id`: the cursor that a reconnecting SSE client sends as
    `Last-Event-ID`, not yet checked; `None` for any other client. `connection_params`: the payload of
    `connection_init`; Strawberry sets it.
    """

    feed: PermittedFeed
    last_event_id: str | None = None
    connection_params: object = None


ResolverInfo = Info[Context, None]
"""Type of the argument `info` of every resolver."""
