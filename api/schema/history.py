"""A page of a symbol's history as a Relay connection: https://relay.dev/graphql/connections.htm."""

from typing import Self

import strawberry
from strawberry.relay import PageInfo

from tickql.api.schema.tick import Gap, HistoryTick
from tickql.feed.page import Page


@strawberry.type(description="One tick of a page.")
class TickEdge:
    """A tick with its cursor, as Relay requires it."""

    node: HistoryTick
    cursor: str = strawberry.field(description="The tick's cursor, for `after` and `before`.")


@strawberry.type(description="A page of ticks. The oldest tick is the first, also in a page of the `last` ticks.")
class TickConnection:
    """GraphQL type of `tickql.feed.history.Page`."""

    edges: list[TickEdge]
    page_info: PageInfo
    gap: Gap | None = strawberry.field(
        description="Not null if `after` or `before` names no stored tick: ticks after that cursor are missing in this "
        "page, or the cursor names no tick at all. A gap between two ticks is in the second one."
    )

    @classmethod
    def from_page(cls, page: Page) -> Self:
        """Convert a page of the feed."""
        edges = [TickEdge(node=HistoryTick.from_event(event), cursor=str(event.tick.cursor)) for event in page.events()]
        return cls(
            edges=edges,
            gap=None if page.gap is None else Gap.from_gap(page.gap),
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=page.has_previous,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
        )
