"""A page of a symbol's history as a Relay connection."""

from typing import Self

import strawberry
from strawberry.relay import PageInfo

from tickql.api.schema.tick import Tick
from tickql.feed.history import Page
from tickql.feed.tick import Event


@strawberry.type(description="One tick of a page.")
class TickEdge:
    """A tick with its cursor, as Relay wants it."""

    node: Tick
    cursor: str = strawberry.field(description="The tick's cursor, for `after` and `before`.")


@strawberry.type(description="A page of ticks, oldest first whichever end it was taken from.")
class TickConnection:
    """GraphQL face of `tickql.feed.history.Page`."""

    edges: list[TickEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, page: Page) -> Self:
        """Show a page of the feed."""
        edges = [TickEdge(node=Tick.of(Event(tick)), cursor=str(tick.cursor)) for tick in page.ticks]
        return cls(
            edges=edges,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=page.has_previous,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
        )
