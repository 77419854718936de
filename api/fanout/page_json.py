"""A page of history as JSON: the GraphQL types `TickConnection`, `TickEdge` and `PageInfo`."""

from tickql.api.fanout.event_json import GapJson, HistoryTickJson, plain_text
from tickql.api.fanout.json_source import JsonSource, Leaf, Nested
from tickql.feed.page import Page
from tickql.feed.tick import Event


class TickEdgeJson(JsonSource[Event]):
    """The fields of a `TickEdge`."""

    node = Nested(HistoryTickJson)
    cursor = Leaf(lambda event: plain_text(event.tick.cursor))


class PageInfoJson(JsonSource[Page]):
    """The fields of a `PageInfo`."""

    hasNextPage = Leaf(lambda page: _truth(page.has_next))  # noqa: N815 - the schema's name
    hasPreviousPage = Leaf(lambda page: _truth(page.has_previous))  # noqa: N815
    startCursor = Leaf(lambda page: plain_text(page.ticks[0].cursor if page.ticks else None))  # noqa: N815
    endCursor = Leaf(lambda page: plain_text(page.ticks[-1].cursor if page.ticks else None))  # noqa: N815


class TickConnectionJson(JsonSource[Page]):
    """The fields of a `TickConnection`."""

    edges = Nested(lambda page: list(map(TickEdgeJson, page.events())))
    pageInfo = Nested(PageInfoJson)  # noqa: N815 - the schema's name
    gap = Nested(lambda page: None if page.gap is None else GapJson(page.gap))


def _truth(value: bool) -> bytes:
    return b"true" if value else b"false"
