"""The values of this process's metrics."""

from collections.abc import Mapping

from tickql.api.limits.refusals import refusals
from tickql.api.metrics import catalogue
from tickql.api.traffic import Latencies, traffic
from tickql.feed.follower import Follower
from tickql.feed.health import FeedState
from tickql.feed.metrics import Labels, Metric, Samples, Value
from tickql.feed.ring import all_rings


def read(follower: Follower) -> Samples:
    """Return the values now."""
    state = follower.status().state
    values: dict[Metric, Value | Mapping[str, float]] = {
        catalogue.TICKS_RECEIVED: all_rings.appended,
        catalogue.MESSAGES_SENT: traffic.messages,
        catalogue.PUBLISH_TO_SEND: _histogram(traffic.publish_to_send),
        catalogue.PAGE_TO_SEND: _histogram(traffic.page_to_send),
        catalogue.TICKS_SKIPPED: traffic.skipped,
        catalogue.GAPS: traffic.gaps,
        catalogue.CONNECTIONS: traffic.connections,
        catalogue.SUBSCRIPTIONS: traffic.operations,
        catalogue.REFUSALS: refusals.counts,
        catalogue.SLOW_CLOSES: traffic.slow_closes,
        catalogue.CACHED_ANSWERS: traffic.cached_answers,
        catalogue.REDIS_UP: float(follower.is_connected),
        catalogue.REDIS_RECONNECTS: max(0, follower.stats.connects - 1),
        catalogue.RESYNCS: follower.stats.resyncs,
        catalogue.FEED_STATE: {each: float(each is state) for each in FeedState},
        catalogue.PRODUCER_REPORT_AGE: follower.report_ages_s,
        catalogue.WORKERS: 1,
    }
    return {metric.name: _by_labels(value) for metric, value in values.items()}


def _by_labels(value: Value | Mapping[str, float]) -> dict[Labels, Value]:
    if isinstance(value, Mapping):
        return {(str(label),): number for label, number in value.items()}
    return {(): value}


def _histogram(latencies: Latencies) -> list[float]:
    return [*latencies.counts, latencies.sum_us / 1e6]
