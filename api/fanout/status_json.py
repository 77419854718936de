"""The state of the feed as JSON: the GraphQL types `FeedStatus` and `SymbolStatus`."""

import json

from tickql.api.fanout.event_json import format_instant, plain_text
from tickql.api.fanout.json_source import JsonSource, Leaf, Nested
from tickql.feed.health import FeedStatus, SymbolHealth, public_reason


def _text(text: str | None) -> bytes:
    # Reasons, and symbols as producers report them, may contain any character.
    return json.dumps(text).encode()


def _instant(unix_us: int | None) -> bytes:
    return plain_text(None if unix_us is None else format_instant(unix_us))


class SymbolStatusJson(JsonSource[SymbolHealth]):
    """The fields of a `SymbolStatus`."""

    symbol = Leaf(lambda health: _text(health.symbol))
    state = Leaf(lambda health: plain_text(health.state.name))
    reason = Leaf(lambda health: _text(public_reason(health)))
    since = Leaf(lambda health: _instant(health.since_us))
    lastTickAt = Leaf(lambda health: _instant(health.last_tick_us))  # noqa: N815 - the schema's name


class StatusJson(JsonSource[FeedStatus]):
    """The fields of a `FeedStatus`."""

    state = Leaf(lambda status: plain_text(status.state.name))
    reason = Leaf(lambda status: _text(public_reason(status)))
    since = Leaf(lambda status: _instant(status.since_us))
    symbols = Nested(lambda status: list(map(SymbolStatusJson, status.symbols)))
