from collections.abc import Iterator
from pathlib import Path

from bench import report
from bench.errors import LoadFailed
from bench.plan import FANOUT, QUERIES, Step, fewer, steps
from bench.results import Results, Row
from bench.run import run, schedule
from bench.sizes import SMOKE
from bench.targets import targets

FIGURES: dict[str, float | None] = {"us_per_message": 10.0, "p50_ms": 1.0, "p99_ms": 2.0, "max_ms": None, "share": 1.0}


def results(*costs: float) -> Results:
    rows = [Row(FANOUT, "tickql", 500, FIGURES | {"us_per_message": cost}) for cost in costs]
    return Results(rows=[*rows, Row(FANOUT, "floor", 500, FIGURES)])


def test_the_tables_show_medians_and_ratios() -> None:
    median = results(30.0, 12.0, 11.0)
    assert median.median(FANOUT, "tickql", 500, "us_per_message") == 12.0
    to_floor = targets(median)[0]
    assert (to_floor.found, to_floor.reached) == ("1.2 x", True)


def test_results_survive_being_saved(tmp_path: Path) -> None:
    before = results(12.3456)
    before.note("said once")
    before.note("said once")
    before.save(tmp_path / "results.json")
    after = Results.load(tmp_path / "results.json")
    assert after.notes == ["said once"]
    assert after.of(FANOUT, "tickql", 500)[0] == FIGURES | {"us_per_message": 12.35}


def test_a_report_of_little_says_what_was_not_measured(tmp_path: Path) -> None:
    report.write(results(12.0), tmp_path / "RESULTS.md", [tmp_path / "charts" / "fan-out.png"])
    text = (tmp_path / "RESULTS.md").read_text()
    assert "![fan-out](charts/fan-out.png)" in text
    assert "| tickql | 500 | 12.0 | 1.20 |" in text
    assert "| lastPrice queries | >= 12,000 /s | not measured |  |" in text


def test_an_empty_run_can_be_reported(tmp_path: Path) -> None:
    report.write(Results(), tmp_path / "RESULTS.md", [])
    assert "not measured" in (tmp_path / "RESULTS.md").read_text()


def test_a_chart_is_drawn_of_what_was_measured_and_of_nothing_else(tmp_path: Path) -> None:
    from bench import charts

    assert [chart.name for chart in charts.draw(results(12.0), tmp_path)] == ["fan-out.png"]
    assert charts.draw(Results(), tmp_path) == []


def test_what_fails_or_is_missing_is_said_and_the_rest_goes_on() -> None:
    def fail(*_: object) -> Iterator[Row]:
        raise LoadFailed("it broke")

    found, told = Row(QUERIES, "tickql", 16, {"per_s": 1.0}), Results()
    listed = [
        Step(FANOUT, "broken", fail),
        Step(FANOUT, "absent", lambda *_: iter(()), lacks=lambda: "not installed"),
        Step(QUERIES, "whole", lambda *_: iter([found])),
    ]
    run(listed, 1, 60, told)
    assert told.rows == [found]
    assert told.notes == ["Failed: broken: it broke.", "Left out: absent: not installed."]


def test_no_step_begins_after_the_time_is_up() -> None:
    told = Results()
    run([Step(QUERIES, "late", lambda *_: iter([Row(QUERIES, "tickql", 16, {})]))], 1, 0, told)
    assert told.rows == []
    assert told.notes == ["Left out: late: time was up after 0 s."]


def test_every_section_is_part_of_a_smoke_run() -> None:
    assert len({step.section for step in steps(SMOKE)}) == 8


def test_the_core_comes_again_before_the_rest() -> None:
    core, rest = Step(FANOUT, "core", lambda *_: iter(()), is_core=True), Step(QUERIES, "rest", lambda *_: iter(()))
    assert list(schedule([core, rest], 3)) == [core, rest, core, core, rest, rest]


def test_a_peer_that_is_overrun_is_tried_with_what_it_may_hold() -> None:
    assert fewer(500, 25_000) == 150
    assert fewer(500, 5_500) == 30
    assert fewer(100, 50_000) == 60
    assert fewer(10, 0) == 10
