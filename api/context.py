"""What resolvers know of the request that they serve."""

from dataclasses import dataclass

from strawberry.types import Info

from tickql.api.fanout.engine import Engine
from tickql.feed.follower import Follower


@dataclass(slots=True)
class Context:
    """One HTTP request, or one WebSocket with all its operations.

    `last_event_id`: the cursor that a reconnecting SSE client has seen last, as it sent it; `None` elsewhere.
    `connection_params`: the payload of `connection_init`, set by Strawberry.
    """

    follower: Follower
    engine: Engine
    last_event_id: str | None = None
    connection_params: object = None


Asked = Info[Context, None]
"""The `info` argument of every resolver."""
