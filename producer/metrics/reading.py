"""The values of the producer's metrics."""

import time
from collections.abc import Mapping

from tickql.feed.metrics import Metric, Samples
from tickql.producer.metrics import catalogue
from tickql.producer.tally import Tally


def read(tallies: Mapping[str, Tally]) -> Samples:
    """Return the values now. `tallies`: by the name of the feed file."""
    samples: Samples = {metric.name: {} for metric in catalogue.METRICS}
    for source, tally in tallies.items():
        for metric, value in _numbers(tally).items():
            samples[metric.name][source,] = value
        for field, kinds in tally.unparsed.items():
            for kind, count in kinds.items():
                samples[catalogue.UNPARSED.name][source, field, kind] = count
        for fault, count in tally.faults.items():
            samples[catalogue.PAGE_FAULTS.name][source, fault] = count
        for level, count in tally.restarts.items():
            samples[catalogue.PAGE_RESTARTS.name][source, level] = count
    return samples


def _numbers(tally: Tally) -> dict[Metric, float]:
    stats, publisher = tally.stats, tally.publisher
    numbers: dict[Metric, float] = {
        catalogue.TICKS: stats.taken,
        catalogue.TICKS_PUBLISHED: stats.published,
        catalogue.TICKS_DROPPED: stats.dropped,
        catalogue.SPOOL_TICKS: 0 if publisher is None else publisher.unconfirmed,
        catalogue.REDIS_CONNECTS: stats.connects,
        catalogue.RENUMBERINGS: stats.rotations,
        catalogue.LEASE_HELD: float(publisher is not None),
        catalogue.PAGE_REPLACEMENTS: tally.replacements,
    }
    if publisher is not None:
        numbers[catalogue.REDIS_UP] = float(publisher.stats.redis_down is None)
    if tally.heartbeat_s is not None:
        numbers[catalogue.HEARTBEAT_AGE] = max(0.0, time.monotonic() - tally.heartbeat_s)
    return numbers
