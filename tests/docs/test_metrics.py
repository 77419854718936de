"""The tables of metrics are those of the programs."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tickql.api.metrics import catalogue as api
from tickql.feed.metrics import Metric
from tickql.producer.metrics import catalogue as producer
from tickql.relay import metrics as relay

OPERATIONS = (Path(__file__).parents[2] / "docs/operations.md").read_text()


@pytest.mark.parametrize(
    ("program", "metrics"), [("api", api.METRICS), ("producer", producer.METRICS), ("relay", relay.METRICS)]
)
def test_the_table_of_metrics_has_each_metric_as_it_is(program: str, metrics: Sequence[Metric]) -> None:
    shown = re.findall(rf"^\| `tickql_{program}_.*$", OPERATIONS, re.MULTILINE)
    assert shown == [_row(metric) for metric in metrics]


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} | {metric.remedy} |"
