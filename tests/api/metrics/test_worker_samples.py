"""The sums over worker processes: they never fall, whoever is asked and whoever dies."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tickql.api.metrics.worker_samples import WorkerSamples
from tickql.feed.metrics import Kind, Metric, Samples

COUNTER = Metric("ticks_total", Kind.COUNTER, "", ("kind",))
GAUGE = Metric("open", Kind.GAUGE, "")
UP = Metric("up", Kind.GAUGE, "", join=min)
HISTOGRAM = Metric("latency_seconds", Kind.HISTOGRAM, "", bounds=(1.0,))
METRICS = (COUNTER, GAUGE, UP, HISTOGRAM)


class Worker:
    def __init__(self, folder: Path, up: float = 1) -> None:
        self.count = 0
        self.up = up
        self.samples = WorkerSamples(folder, METRICS, self._read)

    def _read(self) -> Samples:
        return {
            COUNTER.name: {("a",): self.count},
            GAUGE.name: {(): 1},
            UP.name: {(): self.up},
            HISTOGRAM.name: {(): [self.count, 0, 2.0 * self.count]},
        }

    def die(self) -> None:
        """End as after SIGKILL: nothing more is written, and the system releases the lock."""
        os.close(self.samples._lock)


def test_whoever_is_asked_tells_of_all(tmp_path: Path) -> None:
    one, two = Worker(tmp_path), Worker(tmp_path, up=0)
    one.count, two.count = 3, 4
    one.samples.all()
    assert two.samples.all() == {
        COUNTER.name: {("a",): 7},
        GAUGE.name: {(): 2},
        UP.name: {(): 0},
        HISTOGRAM.name: {(): [7, 0, 14.0]},
    }


def test_a_worker_that_ended_leaves_its_counts_and_no_gauge(tmp_path: Path) -> None:
    one, two = Worker(tmp_path), Worker(tmp_path)
    one.count, two.count = 3, 4
    one.samples.close()
    sums = two.samples.all()
    assert (sums[COUNTER.name], sums[GAUGE.name]) == ({("a",): 7}, {(): 1})
    three = Worker(tmp_path)
    three.count = 5
    sums = three.samples.all()
    assert (sums[COUNTER.name], sums[GAUGE.name]) == ({("a",): 12}, {(): 2})
    assert len(list(tmp_path.glob("*.json"))) == 2


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(["count", "ask", "die", "stop", "start"]), st.integers(0, 3)), max_size=40))
def test_no_sum_ever_falls(steps: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as folder:
        workers = [Worker(Path(folder))]
        known = 0.0
        for step, number in steps:
            worker = workers[number % len(workers)]
            if step == "count":
                worker.count += 1
            elif step == "ask":
                value = worker.samples.all()[COUNTER.name][("a",)]
                assert isinstance(value, float | int)
                assert value >= known
                known = value
            else:
                if step == "die":
                    workers.remove(worker)
                    worker.die()
                elif step == "stop":
                    workers.remove(worker)
                    worker.samples.close()
                if step == "start" or not workers:
                    workers.append(Worker(Path(folder)))
        for worker in workers:
            worker.samples.close()
        assert len(list(Path(folder).glob("*.new"))) == 0
