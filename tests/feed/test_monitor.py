"""The monitor assesses the feed seldom enough, and numbers the changes."""

import time

import pytest

from tickql.feed.errors import FeedUnavailable
from tickql.feed.health import FeedState
from tickql.feed.monitor import Monitor
from tickql.feed.partial_outage import PartialOutage
from tickql.feed.status import ProducerReport, ProducerState


def report(reason: str) -> bytes:
    now_us = time.time_ns() // 1000
    return ProducerReport(
        source="page", state=ProducerState.LIVE, reason=reason, since_us=now_us, heard_us=now_us
    ).encode()


async def test_many_reports_are_assessed_together() -> None:
    monitor = Monitor(dict)
    monitor.redis_connected()
    version = monitor.version
    for number in range(1000):
        monitor.add_report(report(f"report {number}"))
    # Within the first half second the reports change nothing; a slow machine may assess a few of them.
    assert monitor.version - version < 10
    monitor.reassess()
    assert monitor.status.reason == "report 999"


async def test_the_version_rises_with_each_visible_change_only() -> None:
    monitor = Monitor(dict)
    changes = list[int]()
    monitor.on_change = lambda: changes.append(monitor.version)
    monitor.redis_connected()
    monitor.reassess()
    monitor.reassess()
    monitor.redis_lost(FeedUnavailable("gone"))
    assert monitor.status.state is FeedState.DOWN
    assert changes == [1, 2]


def test_a_part_of_redis_that_is_away_is_named_and_is_no_outage_of_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "tickql.feed")
    part = PartialOutage("redis is not reachable at 10.0.0.1:7000", lambda symbol: None, hides_reports=False)
    monitor = Monitor(dict)
    monitor.redis_connected()
    for _ in range(2):
        monitor.redis_partly_lost(part, FeedUnavailable("refused"))
    assert (monitor.status.state, monitor.status.reason) == (FeedState.STALE, part.reason)
    assert not monitor.is_connected
    monitor.redis_connected()
    assert monitor.is_connected
    assert caplog.messages == ["redis is reachable", f"{part.reason} (refused)", "redis is reachable again"]


def test_a_redis_that_comes_and_goes_is_logged_seldom(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "tickql.feed")
    monitor = Monitor(dict)
    for _ in range(20):
        monitor.redis_connected()
        monitor.redis_lost(FeedUnavailable("gone"))
    assert caplog.messages == ["redis is reachable", "redis is not reachable (gone)", "redis is reachable again"]
