"""The delivery checker accepts correct journals and names each fault."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.delivery_checker import Journal, violations
from tests.support.market import quote
from tickql.feed.tick import Cursor, Event, Gap, GapReason, Tick

TRIMMED, RESTARTED = GapReason.TRIMMED, GapReason.RESTARTED


def event(seq: int, skipped: int = 0, gap: Gap | None = None, *, epoch: int = 1, number: int | None = None) -> Event:
    last = str(seq if number is None else number)
    return Event(Tick(Cursor("ES", epoch, seq), None, None, last, 0, 0), skipped, gap)


def faults_of(
    path: Path, events: Sequence[Event], last: int, stored: Sequence[int] = (), *, merging: bool
) -> list[str]:
    journal = Journal(path / "history.jsonl")
    for number in range(1, last + 1):
        journal.generated(quote(number))
    for each in events:
        journal.received("reader", each, merging)
    journal.stored(event(seq).tick for seq in stored)
    journal.close()
    return violations(journal.path)


@pytest.mark.parametrize(
    ("events", "merging"),
    [
        pytest.param([event(1), event(2), event(3)], False, id="every tick"),
        pytest.param([event(1), event(3, gap=Gap(Cursor("ES", 1, 1), TRIMMED, 1))], False, id="a gap of one"),
        pytest.param(
            [event(1), event(3, epoch=2, gap=Gap(Cursor("ES", 1, 1), RESTARTED, None))], False, id="a new epoch"
        ),
        pytest.param([event(1), event(3, skipped=1)], True, id="one merged"),
        pytest.param([event(3)], True, id="only the newest"),
    ],
)
def test_a_correct_journal_has_no_faults(events: list[Event], merging: bool, tmp_path: Path) -> None:
    assert faults_of(tmp_path, events, 3, merging=merging) == []


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        pytest.param([event(1), event(3)], "ES:1-3 after ES:1-1, without a gap", id="a hole"),
        pytest.param([event(1), event(1), event(2), event(3)], "ES:1-1 after ES:1-1", id="a repeat"),
        pytest.param([event(2), event(1), event(3)], "ES:1-1 after ES:1-2", id="the wrong order"),
        pytest.param([event(1), event(2)], "tick 3 was not received", id="the last one missing"),
        pytest.param([event(1), event(3, epoch=2)], "ES:2-3 after ES:1-1, without a gap", id="an epoch without a gap"),
        pytest.param([event(1), event(2, number=3)], "tick 3 after 1, without a gap", id="a generated tick missing"),
        pytest.param(
            [event(1), event(3, gap=Gap(Cursor("ES", 1, 2), TRIMMED, 1))],
            "ES:1-1 and ES:1-3 is after ES:1-2",
            id="a gap elsewhere",
        ),
        pytest.param(
            [event(1), event(3, gap=Gap(Cursor("ES", 1, 1), TRIMMED, 7))],
            "ES:1-1 and ES:1-3 is not of 7",
            id="a gap of another size",
        ),
        pytest.param([event(1), event(3, skipped=1)], "ES:1-3 skips 1", id="merged for a reader of every tick"),
    ],
)
def test_a_fault_is_named(events: list[Event], fault: str, tmp_path: Path) -> None:
    assert any(fault in each for each in faults_of(tmp_path, events, 3, merging=False))


def test_a_cursor_that_names_two_ticks_is_a_fault(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, [event(1), event(2), event(3, number=3)], 3, merging=False)
    assert faults == []
    faults = faults_of(tmp_path, [event(3, number=4)], 4, merging=False)
    assert any("('ES', 'ES:1-3') names" in fault for fault in faults)


def test_a_tick_reported_lost_that_redis_has_is_a_fault(tmp_path: Path) -> None:
    events = [event(1), event(3, gap=Gap(Cursor("ES", 1, 1), TRIMMED, 1))]
    assert faults_of(tmp_path, events, 3, stored=(1, 2, 3), merging=False) == [
        "reader: ES:1-2 is reported lost, and Redis has it"
    ]
