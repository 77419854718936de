"""The publisher that fits what `TICKQL_REDIS_URL` names."""

from collections.abc import Callable

from tickql.feed.lease import Lease
from tickql.feed.publish_session import now_us
from tickql.feed.publisher import SPOOL_TICKS, Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.shards.cluster_publisher import ClusterPublisher
from tickql.feed.timings import DEFAULT_TIMINGS, Timings
from tickql.feed.tracing.publish_tracer import PublishTracer


def make_publisher(
    settings: FeedSettings,
    source: str,
    spool_ticks: int = SPOOL_TICKS,
    lease: Lease | None = None,
    timings: Timings = DEFAULT_TIMINGS,
    clock_us: Callable[[], int] = now_us,
    tracer: PublishTracer | None = None,
) -> Publisher:
    """Return a publisher for the ticks of one producer (see `Publisher`)."""
    kind = ClusterPublisher if settings.keys.is_sharded else Publisher
    return kind(settings, source, spool_ticks, lease, timings, clock_us, tracer)
