"""The listener that fits what `TICKQL_REDIS_URL` names."""

from collections.abc import Mapping

from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.listener import Listener
from tickql.feed.monitor import Monitor
from tickql.feed.settings import FeedSettings
from tickql.feed.shards.cluster_listener import ClusterListener
from tickql.feed.timings import Timings


def make_listener(
    settings: FeedSettings,
    followed: Mapping[str, FollowedSymbol],
    monitor: Monitor,
    timings: Timings,
    *,
    keeps_messages: bool = False,
) -> Listener:
    """Return a listener for the symbols in `followed`. `keeps_messages`: ticks keep their messages."""
    if settings.keys.is_sharded:
        return ClusterListener(settings, followed, monitor, timings, keeps_messages=keeps_messages)
    return Listener(settings, followed, monitor, timings, keeps_messages=keeps_messages)
