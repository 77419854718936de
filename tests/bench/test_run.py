"""Runs of steps that are quick to take: what fails, what is stopped, what the next run does. Each has a real Redis."""

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.child import Child
from bench.errors import LoadFailed
from bench.meter import Gauge
from bench.results import Outcome, Results, Row
from bench.run import Run
from bench.sections import FANOUT, QUERIES
from bench.stage import Stage
from bench.unit import Measure, Round, Step, Unit, agenda
from tests.support.waiting import DEADLINE_S

_SERVER = "import signal\nprint('ready', flush=True)\nsignal.pause()"


class Bench:
    """Steps that say when they are taken, and a file's worth of results: those that were kept last."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.kept: list[dict[str, Outcome]] = []
        self.results = Results()

    def step(self, title: str, then: Callable[[], None] = lambda: None) -> Step:
        """A step with one row; after it `then` happens."""

        def measure(stage: Stage, results: Results) -> Iterator[Row]:
            self.taken.append(title)
            yield Row(FANOUT, title, 1, {"per_s": float(len(self.taken))})
            then()

        return Step(title, measure)

    def run(self, *units: Unit, rounds: int = 1, budget_s: float = DEADLINE_S) -> list[str]:
        """One run; the steps that it has taken."""
        self.taken.clear()
        Run(self.results, budget_s, self._keep).measure(agenda(units, rounds))
        return list(self.taken)

    def outcomes(self) -> dict[str, Outcome]:
        return {turn.step: turn.outcome for turn in self.results.turns}

    def why(self, title: str) -> str:
        (turn,) = (turn for turn in self.results.turns if turn.step == title)
        return turn.why

    def _keep(self, results: Results) -> None:
        assert results is self.results
        self.kept.append(self.outcomes())


@pytest.fixture
def bench() -> Bench:
    return Bench()


def unit(*steps: Step, section: str = FANOUT, is_core: bool = False) -> Unit:
    return Unit(section, steps, is_core)


def raises(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def raising(error: BaseException) -> Measure:
    """A step that measures nothing."""

    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        raise error
        yield

    return measure


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OSError(22, "Invalid argument"), "OSError: [Errno 22] Invalid argument"),
        (LoadFailed("it broke\nin two"), "it broke in two"),
        (KeyError("figure"), "KeyError: 'figure'"),
    ],
    ids=["the system's", "our own", "a mistake of ours"],
)
def test_a_step_that_fails_is_named_with_its_reason_and_the_rest_goes_on(
    bench: Bench, caplog: pytest.LogCaptureFixture, error: Exception, why: str
) -> None:
    caplog.set_level(logging.DEBUG, "bench")
    broken = unit(bench.step("first"), bench.step("broken", raises(error)), bench.step("beside"))
    assert bench.run(broken, unit(bench.step("last"), section=QUERIES)) == ["first", "broken", "beside", "last"]
    assert [turn.step for turn in bench.results.open] == ["broken"]
    assert bench.why("broken") == why
    assert f"failed: {why}" in caplog.text
    assert "Traceback" in caplog.text, "the log tells where"
    assert {row.server for row in bench.results.rows} == {"first", "broken", "beside", "last"}, (
        "and what it had measured"
    )


def test_each_step_is_kept_as_soon_as_it_is_measured(bench: Bench) -> None:
    seen: list[Outcome] = []
    first, second = bench.step("first"), bench.step("second", lambda: seen.append(bench.kept[-1]["first"]))
    bench.run(unit(first, second))
    assert seen == [Outcome.MEASURED]
    assert bench.kept[0] == {"first": Outcome.MISSING, "second": Outcome.MISSING}, "what is wanted is there first"
    assert bench.kept[-1] == {"first": Outcome.MEASURED, "second": Outcome.MEASURED}


def test_a_run_that_is_stopped_keeps_what_it_has_and_the_next_goes_on(bench: Bench) -> None:
    stopped = unit(bench.step("stopped", raises(KeyboardInterrupt())), bench.step("not begun"), section=QUERIES)
    with pytest.raises(KeyboardInterrupt):
        bench.run(unit(bench.step("there")), stopped)
    assert bench.kept[-1] == {
        "there": Outcome.MEASURED, "stopped": Outcome.MISSING, "not begun": Outcome.MISSING,
    }  # fmt: skip
    mended = unit(bench.step("stopped"), bench.step("not begun"), section=QUERIES)
    assert bench.run(unit(bench.step("there")), mended) == ["stopped", "not begun"]
    assert not bench.results.open
    assert bench.results.runs == 2


def test_what_is_compared_with_a_failed_step_is_measured_again_with_it(bench: Bench) -> None:
    kept, beside = unit(bench.step("kept"), section=QUERIES), bench.step("beside")
    bench.run(kept, unit(beside, bench.step("broken", raises(LoadFailed("it broke")))))
    assert bench.run(kept, unit(beside, bench.step("broken"))) == ["beside", "broken"]
    costs = {row.server: row.figures["per_s"] for row in bench.results.rows}
    assert costs == {"kept": 1.0, "beside": 1.0, "broken": 2.0}, "both of the second run, and each of them once"


def test_what_was_never_measured_comes_before_what_has_failed(bench: Bench) -> None:
    failing = unit(bench.step("broken", raises(LoadFailed("no"))), is_core=True)
    with pytest.raises(KeyboardInterrupt):
        bench.run(failing, unit(Step("stopped", raising(KeyboardInterrupt())), section=QUERIES))
    assert bench.run(failing, unit(bench.step("stopped"), section=QUERIES)) == ["stopped", "broken"]


def test_nothing_is_measured_again_when_nothing_is_missing(bench: Bench) -> None:
    core = unit(bench.step("core"), is_core=True)
    assert bench.run(core, rounds=2) == ["core", "core"]
    assert bench.run(core, rounds=2) == []


def test_a_server_that_is_not_here_is_told_and_is_not_missing(bench: Bench) -> None:
    absent = Step("absent", bench.step("absent").measure, lambda: "not installed")
    assert bench.run(unit(absent, bench.step("present"))) == ["present"]
    assert (bench.outcomes()["absent"], bench.why("absent")) == (Outcome.ABSENT, "not installed")
    assert not bench.results.open


def test_a_step_that_fails_again_and_again_is_tried_twice(bench: Bench) -> None:
    core = unit(bench.step("broken", raises(LoadFailed("no"))), bench.step("whole"), is_core=True)
    assert bench.run(core, rounds=3) == ["broken", "whole", "whole", "broken", "whole"]
    assert [turn.why for turn in bench.results.open] == ["no", "no", "it failed 2 times before"]


def test_no_step_begins_after_the_time_is_up(bench: Bench) -> None:
    assert bench.run(unit(bench.step("late")), budget_s=0) == []
    assert bench.why("late") == "time was up after 0 s"


def test_a_further_run_has_time_for_what_is_missing_and_not_for_more_rounds(bench: Bench) -> None:
    core = unit(bench.step("core"), is_core=True)
    bench.results.wall_s = DEADLINE_S
    assert bench.run(core, rounds=2) == ["core"], "earlier runs have used the time for a second round"
    assert not bench.results.open


def test_the_core_comes_again_before_the_rest_and_every_other_time_the_other_way_round(bench: Bench) -> None:
    core = unit(bench.step("a"), bench.step("b"), is_core=True)
    rest = unit(bench.step("c"), section=QUERIES)
    order = agenda([core, rest], 3)
    assert order == [Round(core, 1), Round(rest, 1), Round(core, 2), Round(core, 3), Round(rest, 2), Round(rest, 3)]
    assert ["".join(step.title for step in each.steps) for each in order] == ["ab", "c", "ba", "ab", "c", "c"]


def test_a_server_that_ends_while_it_is_measured_fails_its_step_and_no_other(bench: Bench, tmp_path: Path) -> None:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        with Child("server", [sys.executable, "-c", _SERVER], tmp_path) as child:
            child.wait_until(lambda: child.last_output() == "ready", "did not start")
            gauge = Gauge([child.process_tree()], [stage.redis.process_tree()])
            before = gauge.read()
            (process,) = child.processes
            process.send_signal(signal.SIGKILL)
            process.wait(DEADLINE_S)
            gauge.since(before)
        yield Row(FANOUT, "server", 1, {})

    assert bench.run(unit(Step("killed", measure), bench.step("beside"))) == ["beside"]
    assert bench.why("killed") == "server ended while it was being measured: ready"


def test_a_redis_that_is_killed_costs_only_its_own_unit(bench: Bench) -> None:
    def measure(stage: Stage, results: Results) -> Iterator[Row]:
        for process in stage.redis.processes:
            process.kill()
            process.wait(DEADLINE_S)
        stage.redis.wait_for_port(1)
        yield Row(FANOUT, "server", 1, {})

    def ask(stage: Stage, results: Results) -> Iterator[Row]:
        assert stage.redis.processes
        yield Row(QUERIES, "server", 1, {})

    bench.run(unit(Step("killed", measure)), unit(Step("other", ask), section=QUERIES))
    assert bench.outcomes() == {"killed": Outcome.FAILED, "other": Outcome.MEASURED}
    assert bench.why("killed").startswith("redis ended at once")


def test_a_further_round_that_has_begun_is_measured_to_its_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    durations_s = iter((10.0, 10.0, 30.0, 30.0))
    now_s = 0.0

    def pass_time() -> None:
        nonlocal now_s
        now_s += next(durations_s)

    monkeypatch.setattr("bench.run.time", SimpleNamespace(monotonic=lambda: now_s))
    core = unit(bench.step("a", pass_time), bench.step("b", pass_time), is_core=True)
    assert bench.run(core, rounds=3, budget_s=40) == ["a", "b", "b", "a"], "no third, for which there is no time"
    assert not bench.results.open
