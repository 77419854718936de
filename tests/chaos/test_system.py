"""The whole system under faults: a short run with fixed faults, and the seeds that once found a bug (`make chaos`)."""

from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.chaos.system import sentinel_faults
from tests.chaos.system.readers import KINDS, Kind
from tests.chaos.system.run import FAULTS, ChaosRun, Plan
from tests.chaos.system.transports import Tick, Ticks, plain_ticks
from tickql.feed.redis_address import ServerKind
from tickql.feed.tick import GapReason

_PLANTED_AT = 20
KEPT = {
    "a reader sent back to an earlier numbering": (308, ("silent between servers and redis", "heads deleted")),
    "ticks repeated after a lost numbering": (311, ("stalled between producer and redis", "heads deleted")),
}
"""What seeds have found: the seed, and the faults of its run."""


def _plan(seed: int, *names: str) -> Plan:
    return Plan(seed, [fault for fault in FAULTS if fault.name in names])


def _planted(change: Callable[[list[Tick]], list[Tick]]) -> Kind:
    """A client that is wrong at one place: `change` returns other ticks in place of three."""

    async def ticks(url: str, symbol: str, after: str | None) -> Ticks:
        async with aclosing(plain_ticks(url, symbol, after)) as right:
            three: list[Tick] = []
            count = 0
            async for tick in right:
                count += 1
                if count < _PLANTED_AT or count >= _PLANTED_AT + 3:
                    yield tick
                    continue
                three.append(tick)
                if len(three) == 3:
                    for each in change(three):
                        yield each

    return Kind(f"planted {change.__name__}", ticks)


def loss(ticks: list[Tick]) -> list[Tick]:
    return [ticks[0], ticks[2]]


def repeat(ticks: list[Tick]) -> list[Tick]:
    return [ticks[0], ticks[1], ticks[1], ticks[2]]


def swap(ticks: list[Tick]) -> list[Tick]:
    return [ticks[1], ticks[0], ticks[2]]


def wrong_gap(ticks: list[Tick]) -> list[Tick]:
    gap = {"after": ticks[0]["cursor"], "reason": "TRIMMED", "lost": 2}
    return [ticks[0], {**ticks[2], "gap": gap}]


def needless_gap(ticks: list[Tick]) -> list[Tick]:
    gap = {"after": ticks[0]["cursor"], "reason": "TRIMMED", "lost": 0}
    return [ticks[0], {**ticks[1], "gap": gap}, ticks[2]]


def other_content(ticks: list[Tick]) -> list[Tick]:
    return [ticks[0], {**ticks[1], "bid": "1"}, ticks[2]]


PLANTED = (loss, repeat, swap, wrong_gap, needless_gap, other_content)


def _wrong_readers(violations: list[str]) -> set[str]:
    return {violation.split(":")[0] for violation in violations}


@pytest.mark.timeout(300)
async def test_a_short_run_breaks_no_promise_and_planted_faults_are_found(tmp_path: Path) -> None:
    plan = _plan(1, "subscribers of redis killed", "reset between clients and servers")
    planted = [*map(_planted, PLANTED)]
    outcome = await ChaosRun(plan, 1, tmp_path, [*KINDS, *planted], servers=1).run()
    # Two contents of one cursor are no reader's fault.
    assert _wrong_readers(outcome.violations) - {"all"} == {kind.name for kind in planted} - {"planted other_content"}
    assert any("names" in violation for violation in outcome.violations)


@pytest.mark.chaos
@pytest.mark.timeout(300)
async def test_the_naive_twin_breaks_promises(tmp_path: Path) -> None:
    outcome = await ChaosRun(_plan(1, "lost messages between servers and redis"), 5, tmp_path).run()
    assert outcome.violations == []
    assert outcome.naive


@pytest.mark.chaos
@pytest.mark.timeout(300)
@pytest.mark.parametrize("found", KEPT)
async def test_faults_that_once_found_a_bug_break_no_promise(found: str, tmp_path: Path) -> None:
    seed, names = KEPT[found]
    assert (await ChaosRun(_plan(seed, *names), 30, tmp_path).run()).violations == []


@pytest.mark.chaos
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("fault", "gaps"),
    [
        ("primary of a lagging replica killed", set()),
        ("producer and primary of a lagging replica killed", {GapReason.RESTARTED}),
    ],
)
async def test_what_a_promoted_replica_lacks_is_sent_again_or_is_a_gap(
    fault: str, gaps: set[GapReason], tmp_path: Path
) -> None:
    faults = [each for each in sentinel_faults.FAULTS if each.name == fault]
    outcome = await ChaosRun(Plan(1, faults, servers=ServerKind.SENTINEL), 0.1, tmp_path).run()
    assert outcome.violations == []
    assert outcome.gaps.keys() == gaps
