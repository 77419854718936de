"""The handover of a subscription from graphql-core to the fan-out engine.

Strawberry parses, validates and starts each operation. A resolver whose selection can be compiled offers its request to
the engine (`hand_off`) and then yields nothing. The transport passes the operation to the engine as soon as
graphql-core has no more results. Each operation runs in its own task, and therefore in its own context.
"""

from collections.abc import AsyncGenerator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLResolveInfo

from tickql.api.fanout.board import BoardRequest
from tickql.api.fanout.compiled_selection import CompiledSelection, Uncompilable, compile_selection
from tickql.api.fanout.delivery import SubscriptionRequest
from tickql.api.fanout.engine import Engine, Request
from tickql.api.fanout.result_encoder import Framing, result_encoder
from tickql.api.fanout.subscriber import Subscriber
from tickql.feed.tick import Cursor


@dataclass(slots=True)
class Handoff:
    """What the engine needs to take one operation over. Both fields are `None` while it stays with graphql-core."""

    selection: CompiledSelection | None = None
    request: Request | None = None

    @property
    def complete(self) -> bool:
        """Whether the engine takes over."""
        return self.request is not None

    @property
    def named_symbols(self) -> int:
        """How many symbols the client names in the request."""
        if isinstance(self.request, BoardRequest):
            return len(self.request.symbols or ())
        return int(isinstance(self.request, SubscriptionRequest))

    async def serve(self, engine: Engine, framing: Framing, subscriber: Subscriber) -> None:
        """Have the engine serve the operation, until this call is cancelled."""
        assert self.selection is not None
        assert self.request is not None
        await engine.serve(self.request, result_encoder(self.selection, framing), subscriber)


current_handoff: ContextVar[Handoff | None] = ContextVar("current_handoff", default=None)
"""The handoff of the running operation. `None`: nothing but graphql-core can serve it."""

last_sent_cursor: ContextVar[Cursor | None] = ContextVar("last_sent_cursor", default=None)
"""Cursor of the tick that graphql-core sent last for the running operation; `None`: it has sent none."""


def hand_off(info: GraphQLResolveInfo[Any], request: Request) -> bool:
    """Offer the running operation to the engine. `False`: its resolver has to serve it."""
    handoff = current_handoff.get()
    if handoff is None:
        return False
    try:
        handoff.selection = compile_selection(info)
    except Uncompilable:
        return False
    handoff.request = request
    return True


async def nothing() -> AsyncGenerator[Any, None]:
    """Yield nothing: the source stream of an operation that the engine serves."""
    results: tuple[Any, ...] = ()
    for result in results:
        yield result
