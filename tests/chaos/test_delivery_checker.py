"""The delivery checker accepts correct journals and names each fault."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.support.delivery_checker import DeliveryChecker, violations
from tests.support.gap_rules import Allowed
from tests.support.journal import Journal, Received
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
    return violations(path / "history.jsonl")


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


def line(number: int, seq: int | None = None, term: int = 1, epoch: int = 1, **more: Any) -> Received:
    """An event of a system with several producers: `number` in its term is what was generated, `seq` what is told."""
    cursor = f"ES:{epoch}-{number if seq is None else seq}"
    fields = {"reader": "reader", "merging": False, "symbol": "ES", "content": f"{term} {number}", **more}
    return Received(cursor=cursor, number=number, term=term, **fields)


def found(
    events: Sequence[Received], last: tuple[int, int], allowed: Allowed | None = None, confirmed: int = 0
) -> list[str]:
    checker = DeliveryChecker(allowed)
    for each in events:
        checker.take("received", asdict(each))
    checker.take("confirmed", {"symbol": "ES", "term": 1, "number": confirmed})
    checker.take("generated", {"symbol": "ES", "term": last[0], "number": last[1]})
    return checker.faults()


def gap_after(cursor: str, reason: str = "TRIMMED", lost: int | None = None) -> dict[str, Any]:
    return {"gap": reason, "gap_after": cursor, "lost": lost}


NEXT_TERM = [line(1), line(2), line(1, 3, term=2), line(2, 4, term=2)]
RESTART = [line(1), line(3, 9, epoch=2, **gap_after("ES:1-1", "RESTARTED"))]


@pytest.mark.parametrize(
    ("events", "last", "allowed"),
    [
        pytest.param(NEXT_TERM, (2, 2), Allowed(frozenset(), 1), id="a takeover"),
        pytest.param(RESTART, (1, 3), Allowed(frozenset({"RESTARTED"}), 2), id="an explained restart"),
        pytest.param([line(2), line(2, fresh=True), line(3)], (1, 3), None, id="a snapshot again"),
        pytest.param([line(2), line(9, fresh=True)], (1, 9), None, id="a later snapshot"),
    ],
)
def test_a_correct_history_of_a_system_has_no_faults(
    events: list[Received], last: tuple[int, int], allowed: Allowed | None
) -> None:
    assert found(events, last, allowed, confirmed=2) == []


@pytest.mark.parametrize(
    ("events", "last", "fault"),
    [
        pytest.param(NEXT_TERM[:1] + NEXT_TERM[2:], (2, 2), "ES:1-3 after ES:1-1, without a gap", id="a lost tick"),
        pytest.param(
            [line(1), line(1, 2, term=2)], (2, 1), "ended with tick 1, and Redis had 2", id="lost in a takeover"
        ),
        pytest.param([line(1), line(2), line(2, 3, term=2)], (2, 2), "term 2 begins with tick 2", id="its first lost"),
        pytest.param([*NEXT_TERM, line(3, 5)], (1, 3), "term 1 begins with tick 3", id="a replaced producer writes"),
        pytest.param(
            [*RESTART, line(2, 2, epoch=1, **gap_after("ES:2-9", "RESTARTED"))],
            (1, 2), "ES:1-2 after ES:2-9", id="back to a former numbering",
        ),
        pytest.param(RESTART, (1, 3), "is RESTARTED, which no fault", id="a restart without a cause"),
        pytest.param(RESTART, (1, 3), "ES had 2 numberings", id="a numbering without a cause"),
        pytest.param(
            [line(1), line(2, **gap_after("ES:1-1", lost=0))], (1, 2), "is of nothing", id="a gap where nothing lacks"
        ),
        pytest.param(
            [line(1), line(2, **gap_after("ES:1-1"))], (1, 2), "is of nothing", id="an uncounted gap of nothing"
        ),
        pytest.param(
            [line(1), line(2, 3, **gap_after("ES:1-1", lost=1))], (1, 2), "is of 0 ticks, not of", id="too large a gap"
        ),
        pytest.param([line(1), line(2, content="x"), line(2, reader="b")], (1, 2), "names x and", id="another content"),
    ],
)  # fmt: skip
def test_a_planted_fault_of_a_system_is_named(events: list[Received], last: tuple[int, int], fault: str) -> None:
    assert any(fault in each for each in found(events, last, Allowed(frozenset(), 1), confirmed=2))
