"""The dashboard and the alert rules ask for metrics that exist, by labels that they have."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tickql.api.metrics import catalogue as api
from tickql.feed.metrics import Kind
from tickql.producer.metrics import catalogue as producer
from tickql.relay import metrics as relay

DEPLOY = Path(__file__).parents[2] / "deploy"
_BY_NAME = {metric.name: metric for metric in (*api.METRICS, *producer.METRICS, *relay.METRICS)}


def _dashboard() -> list[tuple[str, str]]:
    """The queries of the dashboard, each with the text that quotes its labels."""
    dashboard = json.loads((DEPLOY / "grafana/tickql.json").read_text())
    return [
        (target["expr"], target["legendFormat"]) for panel in dashboard["panels"] for target in panel.get("targets", ())
    ]


def _alerts() -> list[tuple[str, str]]:
    """The queries of the alert rules, likewise."""
    (group,) = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    return [(rule["expr"], rule["annotations"]["summary"]) for rule in group["rules"]]


def _labels(name: str) -> set[str] | None:
    """The labels of the samples of that name; `None`: no program has such samples."""
    if name in _BY_NAME and _BY_NAME[name].kind is not Kind.HISTOGRAM:
        return set(_BY_NAME[name].labels)
    base, _, part = name.rpartition("_")
    if base not in _BY_NAME or _BY_NAME[base].kind is not Kind.HISTOGRAM or part not in ("bucket", "sum", "count"):
        return None
    return {*_BY_NAME[base].labels, *(["le"] if part == "bucket" else [])}


def faults(query: str, shown: str) -> list[str]:
    """What a query asks for that no program has: labels in `{...}`, in `by (...)`, and in the text beside it."""
    found = []
    for part in re.split(r"\bor\b", query):
        (name,) = re.findall(r"\btickql_\w+", part)
        known = _labels(name)
        if known is None:
            found.append(f"there is no {name}")
            continue
        grouped = {label.strip() for each in re.findall(r"\bby \(([^)]*)\)", part) for label in each.split(",")}
        matched = {label for each in re.findall(r"\{([^}]*)\}", part) for label in re.findall(r"(\w+)[=!]", each)}
        found += [f"{name} has no label {label}" for label in (grouped | matched) - known]
    quoted = set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", shown))
    kept = {label.strip() for each in re.findall(r"\bby \(([^)]*)\)", query) for label in each.split(",")}
    return found + [f"{query} loses the label {label}" for label in quoted - kept]


@pytest.mark.parametrize(("query", "shown"), [*_dashboard(), *_alerts()])
def test_a_query_asks_for_what_exists(query: str, shown: str) -> None:
    assert faults(query, shown) == []


def test_every_metric_is_on_the_dashboard() -> None:
    queries = " ".join(query for query, _ in _dashboard())
    assert [name for name in _BY_NAME if name not in queries] == []


def test_a_counter_is_asked_for_its_rise() -> None:
    for query, _ in [*_dashboard(), *_alerts()]:
        for name in re.findall(r"\btickql_\w+_(?:total|bucket)\b", query):
            assert re.search(rf"(?:rate|increase)\({name}(?:\{{[^}}]*\}})?\[", query), query


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("sum(tickql_api_nothing)", ""),
        ("sum by (reason) (tickql_api_connections)", ""),
        ('tickql_api_feed_state{stat="LIVE"}', ""),
        ("sum(tickql_api_feed_state)", "{{state}}"),
        ("rate(tickql_api_publish_to_send_seconds[1m])", ""),
    ],
)
def test_a_wrong_query_is_found(query: str, shown: str) -> None:
    assert faults(query, shown)
