"""The listener that fits what `TICKQL_REDIS_URL` names."""

from collections.abc import Mapping
from typing import Protocol

from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.listener import Listener
from tickql.feed.listener_stats import ListenerStats
from tickql.feed.monitor import Monitor
from tickql.feed.settings import FeedSettings
from tickql.feed.shards.cluster_listener import ClusterListener
from tickql.feed.timings import Timings


class Listening(Protocol):
    """Keeps the rings of the followed symbols complete (see `Listener`)."""

    stats: ListenerStats

    def refresh(self) -> None:
        """Subscribe and unsubscribe after the mapping of followed symbols has changed."""

    async def run(self) -> None:
        """Listen until cancelled."""

    async def close(self) -> None:
        """Close the connections for reading streams. Call it after `run` has ended."""


def make_listener(
    settings: FeedSettings,
    followed: Mapping[str, FollowedSymbol],
    monitor: Monitor,
    timings: Timings,
    *,
    keeps_messages: bool = False,
) -> Listening:
    """Return a listener for the symbols in `followed`. `keeps_messages`: ticks keep their messages."""
    kind = ClusterListener if settings.keys.is_sharded else Listener
    return kind(settings, followed, monitor, timings, keeps_messages=keeps_messages)
