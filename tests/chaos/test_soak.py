"""The soak's judgement of what processes need, and its report."""

from pathlib import Path

from bench.soak.record import Fault
from tests.chaos.soak import report
from tests.chaos.soak.record import SETTLED_S, Size, SystemRecord

_STEP_S = 5


def record(mb_per_hour: float = 0.0, files_per_hour: float = 0.0, pids: tuple[int, ...] = (1,)) -> SystemRecord:
    """An hour of one server, in which these processes followed each other."""
    sizes = []
    for at_s in range(0, 3_600, _STEP_S):
        share = at_s / 3_600
        pid = pids[int(share * len(pids))]
        sizes.append(Size(at_s, pid, 80 + mb_per_hour * share, 50 + int(files_per_hour * share), at_s / 10))
    return SystemRecord({"sse": sizes}, faults=[Fault("redis killed", 0, 1)], recovered_s=[0.5])


def test_a_soak_without_growth_is_good() -> None:
    assert record().good


def test_growth_of_memory_or_descriptors_is_not_good() -> None:
    assert list(record(mb_per_hour=90).growth()) == ["memory of sse (MB) from 100 to 156"]
    assert list(record(files_per_hour=120).growth()) == ["descriptors of sse from 120 to 160"]


def test_a_process_is_compared_with_itself_and_after_its_rings_are_full() -> None:
    settled = record(pids=(1, 2)).settled("sse")
    assert {size.pid for size in settled} == {2}
    assert settled[0].at_s - 1_800 >= SETTLED_S


def test_the_report_says_what_was_wrong(tmp_path: Path) -> None:
    wrong = record()
    wrong.violations = ["sse 1: ES:1-3 after ES:1-1, without a gap"]
    text = report.write(wrong, tmp_path, "An hour").read_text()
    assert "NOT GOOD" in text
    assert wrong.violations[0] in text
    assert "| 1 | redis killed |" in text
    assert (tmp_path / "soak.png").stat().st_size > 0
