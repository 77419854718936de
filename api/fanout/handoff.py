"""The handover of a running subscription from graphql-core to the fan-out engine.

Strawberry validates, checks and starts each operation; graphql-core executes and sends the first result. A resolver
whose selection can be compiled stores what the engine needs in the operation's `Handoff`. The WebSocket handler then
ends the execution and passes the operation to the engine. Each operation runs in its own task, and therefore in its own
context.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLResolveInfo

from tickql.api.fanout.board import BoardRequest
from tickql.api.fanout.compiled_selection import CompiledSelection, Uncompilable, compile_selection
from tickql.api.fanout.delivery import SubscriptionRequest
from tickql.feed.tick import Cursor


@dataclass(slots=True)
class Handoff:
    """What the engine needs to take one operation over. Complete once both fields are set."""

    selection: CompiledSelection | None = None
    """`None`: not compiled; the operation stays with graphql-core."""
    continuation: SubscriptionRequest | BoardRequest | None = None
    """The request that continues after the result that was sent last."""

    @property
    def complete(self) -> bool:
        """Whether the engine can take over."""
        return self.selection is not None and self.continuation is not None

    def compile(self, info: GraphQLResolveInfo[Any]) -> None:
        """Compile the operation's selection. Leaves `selection` `None` if it cannot be compiled."""
        try:
            self.selection = compile_selection(info)
        except Uncompilable:
            self.selection = None

    async def until_complete(self, results: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
        """Yield the results up to and including the first one after which the engine can take over."""
        async for result in results:
            yield result
            # A compiled selection cannot report errors: graphql-core keeps an operation whose result has some.
            if self.complete and not result.errors:
                return


current_handoff: ContextVar[Handoff | None] = ContextVar("current_handoff", default=None)
"""The handoff of the running operation. `None`: its transport cannot use the engine (SSE, multipart)."""

last_sent_cursor: ContextVar[Cursor | None] = ContextVar("last_sent_cursor", default=None)
"""Cursor of the tick that the running operation sent last; `None`: it has sent none."""
