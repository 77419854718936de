"""Feed files, and what producers see of their pages, as JSON.

The GraphQL types are those of `tickql.api.schema.feed_files` and `tickql.api.schema.page_view`.
"""

import json
from typing import NamedTuple
from urllib.parse import urlencode

from tickql.api.fanout.event_json import format_instant, plain_text
from tickql.api.fanout.json_source import JsonSource, Leaf, Nested
from tickql.feed.fault_log import FeedEvent
from tickql.feed.feed_files import FeedFileStatus, FeedFileSymbol
from tickql.feed.page_view import Box, FieldView, PageView

PICTURE_PATH = "/picture"
"""Path of the pictures."""


class ViewOfSource(NamedTuple):
    """The view of a source's page; `view` of `None`: there is none, and `problem` says why."""

    source: str
    view: PageView | None
    problem: str | None = None

    @property
    def picture_url(self) -> str:
        """Where the picture is, relative to the root of the server."""
        assert self.view is not None
        return f"{PICTURE_PATH.removeprefix('/')}?{urlencode({'feedFile': self.source, 'view': self.view.id})}"


def _text(text: str | None) -> bytes:
    # What producers report may contain any character.
    return json.dumps(text).encode()


def _instant(unix_us: int | None) -> bytes:
    return plain_text(None if unix_us is None else format_instant(unix_us))


def _number(value: float) -> bytes:
    return json.dumps(value).encode()


class FeedFileSymbolJson(JsonSource[FeedFileSymbol]):
    """The fields of a `FeedFileSymbol`."""

    symbol = Leaf(lambda each: _text(each.symbol))
    state = Leaf(lambda each: plain_text(each.state.name))
    reason = Leaf(lambda each: _text(each.reason))
    since = Leaf(lambda each: _instant(each.since_us))
    lastTickAt = Leaf(lambda each: _instant(each.last_tick_us))  # noqa: N815 - the schema's name


class FeedFileEventJson(JsonSource[FeedEvent]):
    """The fields of a `FeedFileEvent`."""

    at = Leaf(lambda event: _instant(event.at_us))
    symbol = Leaf(lambda event: _text(event.symbol))
    others = Leaf(lambda event: b"%d" % event.others)
    state = Leaf(lambda event: plain_text(event.state.name))
    reason = Leaf(lambda event: _text(event.reason))


class FeedFileJson(JsonSource[FeedFileStatus]):
    """The fields of a `FeedFile`."""

    name = Leaf(lambda status: _text(status.name))
    state = Leaf(lambda status: plain_text(status.state.name))
    reason = Leaf(lambda status: _text(status.reason))
    since = Leaf(lambda status: _instant(status.since_us))
    reportedAt = Leaf(lambda status: _instant(status.reported_us))  # noqa: N815 - the schema's name
    symbols = Nested(lambda status: list(map(FeedFileSymbolJson, status.symbols)))
    events = Nested(lambda status: list(map(FeedFileEventJson, status.events)))


class BoxJson(JsonSource[Box]):
    """The fields of a `Box`."""

    x = Leaf(lambda box: _number(box.x))
    y = Leaf(lambda box: _number(box.y))
    width = Leaf(lambda box: _number(box.width))
    height = Leaf(lambda box: _number(box.height))


class FieldViewJson(JsonSource[FieldView]):
    """The fields of a `FieldView`."""

    symbol = Leaf(lambda each: _text(each.symbol))
    field = Leaf(lambda each: _text(each.field))
    selector = Leaf(lambda each: _text(each.selector))
    box = Nested(lambda each: None if each.box is None else BoxJson(each.box))
    text = Leaf(lambda each: _text(each.text))
    price = Leaf(lambda each: _text(each.price))
    observedAt = Leaf(lambda each: _instant(each.observed_us))  # noqa: N815 - the schema's name
    state = Leaf(lambda each: plain_text(each.state.name))
    reason = Leaf(lambda each: _text(each.reason))


class PictureJson(JsonSource[ViewOfSource]):
    """The fields of a `Picture`."""

    url = Leaf(lambda of: _text(of.picture_url))
    width = Leaf(lambda of: b"%d" % of.view.width)
    height = Leaf(lambda of: b"%d" % of.view.height)
    covered = Leaf(lambda of: b"%d" % of.view.covered)


class PageViewJson(JsonSource[ViewOfSource]):
    """The fields of a `PageView`."""

    problem = Leaf(lambda of: _text(of.problem))
    takenAt = Leaf(lambda of: _instant(of.view and of.view.taken_us))  # noqa: N815 - the schema's name
    page = Leaf(lambda of: _text(of.view and of.view.page))
    picture = Nested(lambda of: None if of.view is None else PictureJson(of))
    fields = Nested(lambda of: [] if of.view is None else list(map(FieldViewJson, of.view.fields)))
    leftOut = Leaf(lambda of: b"%d" % (0 if of.view is None else of.view.left_out))  # noqa: N815 - the schema's name
