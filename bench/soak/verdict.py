"""Was it right? Each fault, and everything between the faults."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.soak.growth import ROOM_FILES, ROOM_MB, grown
from bench.soak.record import Fault, Hole, Record
from tickql.feed.status import ProducerState

NOTICE_S = 3.0
"""How soon the status must say that something is wrong."""
RECOVERY_S = 10.0
"""How soon after its cause is gone every symbol must tick again."""
_SLACK_US = 100_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one fault; seconds. `None`: never."""

    fault: Fault
    noticed_s: float | None
    said: str
    ticking_s: float | None
    missed: int
    """Changes that no tick shows, of all symbols together."""

    @property
    def good(self) -> bool:
        """Whether both were soon enough."""
        soon = self.noticed_s is not None and self.noticed_s <= NOTICE_S
        return soon and self.ticking_s is not None and self.ticking_s <= RECOVERY_S


def answers(record: Record) -> list[Answer]:
    """One for each fault."""
    return [_answer(record, fault) for fault in record.faults]


def missed_between(record: Record) -> int:
    """Changes outside all fault windows that no tick shows."""
    windows = [_window(record, fault) for fault in record.faults]
    return sum(hole.missing for hole in record.holes if not any(_meets(hole, begin, end) for begin, end in windows))


def wrong_states(record: Record) -> Iterator[str]:
    """What the status said outside all fault windows that was not true, in sentences."""
    windows = [_window(record, fault) for fault in record.faults]
    first_live = next((at for at, state, _ in record.states if state is ProducerState.LIVE), 0)
    for at_us, state, reason in record.states:
        if state is not ProducerState.LIVE and at_us > first_live and not any(a <= at_us <= b for a, b in windows):
            yield f"{state} at {(at_us - record.begin_us) / 1e6:.1f} s: {reason}"


def growth(record: Record) -> Iterator[str]:
    """What has grown from the first third to the last one, in sentences."""
    for name, room in (
        ("python_mb", ROOM_MB), ("browser_mb", 5 * ROOM_MB), ("python_files", ROOM_FILES),
        ("browser_files", 5 * ROOM_FILES),
    ):  # fmt: skip
        yield from grown(name, [getattr(size, name) for size in record.sizes], room)


def cpu_share(record: Record) -> float:
    """Share of a core that the producer's Python process has used."""
    first, last = record.sizes[0], record.sizes[-1]
    return (last.python_cpu_s - first.python_cpu_s) * 1e6 / (last.at_us - first.at_us)


def is_good(record: Record) -> bool:
    """Whether nothing was wrong."""
    right = all(answer.good for answer in answers(record)) and not missed_between(record) and not record.disorder
    return right and not list(wrong_states(record)) and not list(growth(record))


def _meets(hole: Hole, begin_us: int, end_us: int) -> bool:
    return hole.from_us <= end_us and hole.to_us >= begin_us


def _window(record: Record, fault: Fault) -> tuple[int, int]:
    later = [other.at_us for other in record.faults if other.at_us > fault.at_us]
    return fault.at_us - _SLACK_US, min([fault.over_us + int(RECOVERY_S * 1e6), *later])


def _answer(record: Record, fault: Fault) -> Answer:
    begin, end = _window(record, fault)
    said = next((each for each in record.states if begin <= each[0] <= end and each[1] is not ProducerState.LIVE), None)
    holes = [hole for hole in record.holes if _meets(hole, begin, end)]
    ticking = {hole.symbol: hole.to_us for hole in sorted(holes, key=lambda hole: hole.to_us)}
    recovered_us = max(ticking.values(), default=None)
    return Answer(
        fault,
        None if said is None else (said[0] - fault.at_us) / 1e6,
        "" if said is None else f"{said[1]}: {said[2]}",
        None if recovered_us is None else max(0.0, (recovered_us - fault.over_us) / 1e6),
        sum(hole.missing for hole in holes),
    )
