"""What a user of `make bench` sees: where results go, what is said, and the exit code."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench import cli, machine
from bench.errors import LoadFailed
from bench.results import Results, Row
from bench.sections import FANOUT, QUERIES
from bench.sizes import Sizes
from bench.stage import Stage
from bench.store import load
from bench.unit import Step, Unit


def nothing() -> None:
    """As a step that is measured does."""


class Plan:
    """Two units in the place of the real ones. The second does what it is told to; `measured` counts both."""

    def __init__(self, folder: Path) -> None:
        self.into = folder / "results"
        self.aside = folder / "unfinished"
        self.then = nothing
        self.measured: list[str] = []

    def units(self, sizes: Sizes) -> list[Unit]:
        return [Unit(section, (Step(f"tickql, {section}", self._measure(section)),)) for section in (FANOUT, QUERIES)]

    def _measure(self, section: str) -> Callable[[Stage, Results], Iterator[Row]]:
        def measure(stage: Stage, results: Results) -> Iterator[Row]:
            self.measured.append(section)
            if section == QUERIES:
                self.then()
            yield Row(section, "tickql", 500, {"per_s": 1.0, "share": 1.0})

        return measure

    def run(self, *options: str) -> int:
        """Run the command; its exit code."""
        self.measured.clear()
        return cli.main(["run", "--rounds", "1", "--into", str(self.into), *options])


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plan]:
    plan = Plan(tmp_path)
    monkeypatch.setattr(cli, "units", plan.units)
    monkeypatch.setattr(cli, "UNFINISHED", plan.aside)
    monkeypatch.setattr(machine, "describe", lambda: {"tickql": "this one"})
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield plan
    for number, handler in zip((signal.SIGINT, signal.SIGTERM), handlers, strict=True):
        signal.signal(number, handler)


def fail() -> None:
    raise LoadFailed("it broke")


def stop() -> None:
    signal.raise_signal(signal.SIGINT)


def test_a_complete_run_puts_its_results_where_they_belong(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan.run() == 0
    assert {path.name for path in plan.into.iterdir()} >= {"results.json", "RESULTS.md"}
    assert "Not complete" not in (plan.into / "RESULTS.md").read_text()
    assert not list(plan.aside.iterdir()), "nothing is left to go on with"
    assert "RESULTS.md" in capsys.readouterr().out


def test_a_run_with_a_failure_is_told_and_leaves_earlier_results_alone(
    plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.run()
    earlier = (plan.into / "results.json").read_text()
    plan.then = fail
    assert plan.run() == 1
    assert (plan.into / "results.json").read_text() == earlier
    (aside,) = plan.aside.iterdir()
    assert "- Failed: queries: tickql, queries: it broke." in (aside / "RESULTS.md").read_text()
    told = capsys.readouterr().err
    assert "Failed: queries: tickql, queries: it broke.\n" in told
    assert "1 of 2 steps have not been measured" in told
    assert "LoadFailed: it broke" in (aside / "run.log").read_text(), "with its traceback"


def test_the_next_run_measures_only_what_failed(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    plan.then = fail
    plan.run()
    plan.then = nothing
    capsys.readouterr()
    assert plan.run() == 0
    assert plan.measured == [QUERIES]
    assert "1 of 2 steps are there and stay" in capsys.readouterr().out
    found = load(plan.into / "results.json")
    assert [row.section for row in found.rows] == [FANOUT, QUERIES]
    assert "in 2 runs" in (plan.into / "RESULTS.md").read_text()


def test_a_run_that_is_stopped_keeps_and_shows_what_it_has(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    plan.then = stop
    assert plan.run() == 130
    assert "the same command goes on" in capsys.readouterr().err
    (aside,) = plan.aside.iterdir()
    assert "stopped while it was measured" in (aside / "RESULTS.md").read_text()
    plan.then = nothing
    assert plan.run() == 0
    assert plan.measured == [QUERIES]


def test_a_fresh_run_measures_all_anew(plan: Plan) -> None:
    plan.then = fail
    plan.run()
    plan.then = nothing
    assert plan.run("--fresh") == 0
    assert plan.measured == [FANOUT, QUERIES]


def test_another_machine_or_tickql_measures_all_anew(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.then = fail
    plan.run()
    plan.then = nothing
    monkeypatch.setattr(machine, "describe", lambda: {"tickql": "a newer one"})
    assert plan.run() == 0
    assert plan.measured == [FANOUT, QUERIES]
    assert "as this has changed: tickql" in capsys.readouterr().out


def test_a_run_of_one_section_does_not_go_on_with_a_whole_one(plan: Plan) -> None:
    plan.then = fail
    plan.run()
    assert plan.run("--only", QUERIES) == 1
    assert plan.measured == [QUERIES]
    assert len(list(plan.aside.iterdir())) == 2


def test_what_an_unfinished_run_has_can_be_put_with_the_results(plan: Plan) -> None:
    plan.then = fail
    plan.run()
    (aside,) = plan.aside.iterdir()
    assert cli.main(["report", "--from", str(aside), "--into", str(plan.into)]) == 0
    assert "**Not complete**" in (plan.into / "RESULTS.md").read_text()
    assert load(plan.into / "results.json").open
