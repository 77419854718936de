from datetime import UTC, datetime

import pytest

from bench.arrivals import Arrivals, Lateness, Reader, quantile, read_us
from bench.websocket import server_frame

BASE_US = 1_750_000_000_000_000


def message(seq: int, subscription: str = "a", skipped: int | None = None) -> bytes:
    at = datetime.fromtimestamp(BASE_US // 1_000_000, UTC).replace(microsecond=seq, tzinfo=None)
    merged = "" if skipped is None else f'"skipped":{skipped},'
    tick = f'{{"seq":{seq},{merged}"timestamp":"{at.isoformat(timespec="microseconds")}Z","ask":null}}'
    return f'{{"id":"{subscription}","type":"next","payload":{{"data":{{"ticks":{tick}}}}}}}'.encode()


def take(arrivals: Arrivals, reader: Reader, data: bytes, late_us: int = 0) -> bool:
    return arrivals.take(reader, data, 0, len(data), BASE_US + late_us)


def test_each_message_counts_for_the_tick_that_it_carries() -> None:
    arrivals, readers = Arrivals(), [Reader(1, 1), Reader(1, 1)]
    for reader in readers:
        for seq in (5, 6):
            assert take(arrivals, reader, message(seq))
    assert arrivals.arrived(BASE_US, BASE_US + 10) == 4
    assert arrivals.arrived(BASE_US, BASE_US + 6) == 2
    assert arrivals.seqs(BASE_US, BASE_US + 10) == {5, 6}
    assert arrivals.irregular == 0


@pytest.mark.parametrize("seqs", [(1, 3), (1, 1), (2, 1)], ids=["lost", "twice", "out of order"])
def test_what_does_not_come_next_is_irregular(seqs: tuple[int, int]) -> None:
    arrivals, reader = Arrivals(), Reader(1, 1)
    for seq in seqs:
        take(arrivals, reader, message(seq))
    assert arrivals.irregular == 1


def test_merged_ticks_are_regular_when_their_number_is_said() -> None:
    arrivals, reader = Arrivals(), Reader(1, 1)
    for seq, skipped in ((1, 0), (21, 19), (40, 19)):
        take(arrivals, reader, message(seq, skipped=skipped))
    assert arrivals.irregular == 1, "the last one said 19 and jumped over 18"


def test_the_subscriptions_of_a_connection_are_told_apart() -> None:
    arrivals, reader = Arrivals(), Reader(2, 1)
    take(arrivals, reader, message(1, "a"))
    assert not reader.is_served
    for seq, subscription in ((1, "b"), (2, "b"), (2, "a"), (4, "b")):
        take(arrivals, reader, message(seq, subscription))
    assert reader.is_served
    assert arrivals.irregular == 1


def test_only_what_arrives_while_measuring_is_timed() -> None:
    arrivals, reader = Arrivals(), Reader(1, 1)
    take(arrivals, reader, message(1))
    arrivals.begin()
    take(arrivals, reader, message(2), late_us=5002)
    arrivals.end()
    take(arrivals, reader, message(3))
    assert arrivals.late_us == [5000]


def test_a_reader_knows_after_one_message_how_whole_frames_end() -> None:
    arrivals, reader = Arrivals(), Reader(1, 1)
    payload = message(1)
    take(arrivals, reader, payload)
    frame = server_frame(payload)
    assert frame.endswith(arrivals.newest.tail)
    assert len(frame) == reader.whole_mark + len(arrivals.newest.tail)


def test_what_carries_no_tick_is_not_taken() -> None:
    assert not take(Arrivals(), Reader(1, 1), b'{"type":"ping"}')


def test_times_are_read_from_iso_and_from_microseconds() -> None:
    assert read_us(b"1970-01-01T00:00:01.000002Z") == read_us(b"1000002") == 1_000_002


def test_quantiles_are_measured_values() -> None:
    assert quantile([1, 2, 3, 4], 0.5) == 2
    assert quantile(list(range(1, 101)), 0.99) == 99
    assert Lateness.of([3000, 1000, 2000]) == Lateness(2.0, 3.0, 3.0)
    assert Lateness.of([]) == Lateness(None, None, None)
