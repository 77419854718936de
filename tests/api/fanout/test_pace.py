"""Rate limiting of one stream of events."""

import asyncio
import itertools

from tests.support.waiting import DEADLINE_S
from tickql.api.fanout.pace import Pace


async def test_the_first_event_is_due_at_once() -> None:
    async with asyncio.timeout(DEADLINE_S):
        await Pace(0.01).wait()


async def test_events_are_never_closer_than_the_rate_allows() -> None:
    times, sent = [0.0], list[float]()

    def clock() -> float:
        times.append(asyncio.get_running_loop().time())
        return times[-1]

    pace = Pace(50, clock)
    for _ in range(10):
        await pace.wait()
        pace.sent()
        sent.append(times[-1])
    assert min(later - earlier for earlier, later in itertools.pairwise(sent)) >= 0.02 * 0.88


def test_the_next_event_is_due_a_period_after_the_last() -> None:
    now_s = 100.0
    pace = Pace(4, clock=lambda: now_s)
    pace.sent()
    assert pace.due_s == 100.25
    now_s = 107.0
    pace.sent()
    assert 107.2 < pace.due_s <= 107.25


def test_a_timer_that_fires_late_does_not_lower_the_average_rate() -> None:
    now_s = 100.0
    pace = Pace(10, clock=lambda: now_s)
    for n in range(1, 6):
        now_s = pace.due_s + 0.005
        pace.sent()
        assert abs(pace.due_s - (100 + n / 10)) < 1e-9
