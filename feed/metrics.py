"""Metrics of a process: what each is, how the figures of several processes add up, and their text for Prometheus."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
"""The media type of the text that `exposition` returns."""

Labels = tuple[str, ...]
Value = float | Sequence[float]
"""A number; of a histogram: the count of each bucket, of what is beyond the last one, and the sum."""
Samples = dict[str, dict[Labels, Value]]
"""The values of each metric, by the values of its labels in order."""


class Kind(StrEnum):
    """What a metric is. The texts are those of Prometheus."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `help`: what it counts or measures. `remedy`: what a person does about it, for the documentation.

    `bounds`: of a histogram: the upper bounds of its buckets, in seconds. `join`: how one number is made of those of
    several processes, of a gauge only; everything else is summed.
    """

    name: str
    kind: Kind
    help: str
    labels: Labels = ()
    remedy: str = ""
    bounds: Sequence[float] = ()
    join: Callable[[Iterable[float]], float] = sum


def exposition(metrics: Sequence[Metric], samples: Samples) -> bytes:
    """Return the text that Prometheus reads."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Samples(metrics, samples))
    return generate_latest(registry)


class _Samples(Collector):
    def __init__(self, metrics: Sequence[Metric], samples: Samples) -> None:
        self._metrics = metrics
        self._samples = samples

    def collect(self) -> Iterator[Family]:
        for metric in self._metrics:
            yield _family(metric, self._samples.get(metric.name, {}))


def _family(metric: Metric, values: Mapping[Labels, Value]) -> Family:
    if metric.kind is Kind.HISTOGRAM:
        histogram = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
        for labels, value in values.items():
            assert not isinstance(value, float | int)
            histogram.add_metric(labels, _buckets(metric.bounds, value), value[-1])
        return histogram
    family: CounterMetricFamily | GaugeMetricFamily
    if metric.kind is Kind.COUNTER:
        family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
    else:
        family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in values.items():
        assert isinstance(value, float | int)
        family.add_metric(labels, value)
    return family


def _buckets(bounds: Sequence[float], value: Sequence[float]) -> list[tuple[str, float]]:
    buckets = []
    count = 0.0
    for bound, more in zip([*map(str, bounds), "+Inf"], value[:-1], strict=True):
        count += more
        buckets.append((bound, count))
    return buckets


def merge(metrics: Sequence[Metric], running: Sequence[Samples], ended: Sequence[Samples]) -> Samples:
    """Return the samples of several processes as one. Of processes that have ended, gauges do not count."""
    merged: Samples = {}
    for metric in metrics:
        parts = running if metric.kind is Kind.GAUGE else [*running, *ended]
        values: dict[Labels, list[Value]] = {}
        for part in parts:
            for labels, value in part.get(metric.name, {}).items():
                values.setdefault(labels, []).append(value)
        merged[metric.name] = {labels: _join(metric, each) for labels, each in values.items()}
    return merged


def _join(metric: Metric, values: Sequence[Value]) -> Value:
    numbers = [value for value in values if isinstance(value, float | int)]
    if len(numbers) == len(values):
        return metric.join(numbers)
    return [sum(column) for column in zip(*(value for value in values if isinstance(value, Sequence)), strict=True)]
