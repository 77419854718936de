"""How a running subscription passes from graphql-core to the fan-out.

Strawberry validates, checks and starts each operation, and its first result is executed and sent as ever. A resolver
whose selection compiles leaves here what it takes to go on; the WebSocket handler then ends the execution and gives the
operation to the engine. Each operation runs in a task, and so in a context, of its own.
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
    """What one operation leaves for the engine. Complete once both `look` and `rest` are there."""

    look: CompiledSelection | None = None
    rest: SubscriptionRequest | BoardRequest | None = None
    """What is still to come after the result that was sent last."""

    @property
    def complete(self) -> bool:
        """Whether the engine can take over."""
        return self.look is not None and self.rest is not None

    def compile(self, info: GraphQLResolveInfo[Any]) -> None:
        """Compile the operation's selection; one that does not compile stays with graphql-core."""
        try:
            self.look = compile_selection(info)
        except Uncompilable:
            self.look = None

    async def until_complete(self, results: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
        """The results up to the first one after which the engine can take over."""
        async for result in results:
            yield result
            if self.complete and not result.errors:
                return


offered: ContextVar[Handoff | None] = ContextVar("offered", default=None)
"""Set where the transport can use the engine."""

sent_cursor: ContextVar[Cursor | None] = ContextVar("sent_cursor", default=None)
"""Cursor of the tick that the running operation sent last; `None`: it has sent none. Each stream has its own task."""
