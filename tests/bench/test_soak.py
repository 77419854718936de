"""The soak's judgement: what is wrong is called wrong."""

from dataclasses import replace

from bench.soak.record import Fault, Record, Size
from bench.soak.verdict import answers, growth, is_good, missed_between, wrong_states
from tickql.feed.status import ProducerReport, ProducerState

SECOND = 1_000_000
HZ = 10
FAULT_S, BACK_S, END_S = 30, 35, 60


def report(state: ProducerState, at_s: float, reason: str | None = None) -> ProducerReport:
    at_us = int(at_s * SECOND)
    return ProducerReport(source="soak", state=state, reason=reason, since_us=at_us, heard_us=at_us)


def good(missing: range = range(0), noticed_s: float = FAULT_S + 1, back_s: float = BACK_S) -> Record:
    """One fault, noticed and mended; the changes in `missing` were not caught."""
    record = Record(0, HZ, 1)
    for count in range(END_S * HZ):
        if FAULT_S * HZ <= count < back_s * HZ or count in missing:
            continue
        record.tick("ES", count, count * SECOND // HZ)
    for state, at_s in ((ProducerState.LIVE, 1), (ProducerState.STALE, noticed_s), (ProducerState.LIVE, back_s)):
        record.report(report(state, at_s))
    record.faults.append(Fault("killed", FAULT_S * SECOND, FAULT_S * SECOND))
    record.sizes = [Size(at * SECOND, 80, 9, 400, 300, at / 10, 1) for at in range(0, END_S, 2)]
    return record


def test_a_fault_that_is_said_and_mended_in_time_is_good() -> None:
    record = good()
    assert is_good(record)
    (answer,) = answers(record)
    assert (answer.noticed_s, answer.ticking_s, answer.missed) == (1.0, 5.0, 50)


def test_a_change_that_is_missed_without_a_fault_is_not_good() -> None:
    record = good(missing=range(100, 103))
    assert missed_between(record) == 3
    assert not is_good(record)


def test_a_fault_that_is_said_too_late_is_not_good() -> None:
    assert not is_good(good(noticed_s=FAULT_S + 3.5))


def test_a_recovery_that_takes_too_long_is_not_good() -> None:
    assert not is_good(good(back_s=FAULT_S + 10.5))


def test_a_tick_that_comes_twice_is_not_good() -> None:
    record = good()
    record.tick("ES", END_S * HZ - 1, END_S * SECOND)
    assert not is_good(record)


def test_a_false_alarm_is_not_good() -> None:
    record = good()
    record.report(report(ProducerState.DEGRADED, 50, "slow"))
    assert list(wrong_states(record)) == ["DEGRADED at 50.0 s: slow"]
    assert not is_good(record)


def test_growth_is_not_good() -> None:
    record = good()
    record.sizes = [replace(size, python_mb=80 + 2 * at) for at, size in enumerate(record.sizes)]
    assert list(growth(record)) == ["python_mb from 89 to 129"]
    assert not is_good(record)
