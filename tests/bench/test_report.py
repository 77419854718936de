from dataclasses import replace
from pathlib import Path

import pytest

from bench import report
from bench.arguments import FOLDER
from bench.peer import fewer
from bench.plan import units
from bench.results import Outcome, Results, Row, Turn
from bench.sections import FANOUT, MEMORY, QUERIES
from bench.sizes import FULL
from bench.store import NAME, load
from bench.targets import targets

FIGURES: dict[str, float | None] = {"us_per_message": 10.0, "p50_ms": 1.0, "p99_ms": 2.0, "max_ms": None, "share": 1.0}


def results(*costs: float) -> Results:
    """Of tickql in as many rounds as there are costs, and of the floor."""
    rows = [Row(FANOUT, "tickql", 500, FIGURES | {"us_per_message": cost}) for cost in costs]
    turns = [Turn(FANOUT, number, "tickql", Outcome.MEASURED, rows=(row,)) for number, row in enumerate(rows, 1)]
    floor = Turn(FANOUT, 1, "floor", Outcome.MEASURED, rows=(Row(FANOUT, "floor", 500, FIGURES),))
    return Results(turns=[*turns, floor])


def test_the_tables_show_medians_and_ratios() -> None:
    median = results(30.0, 12.0, 11.0)
    assert median.median(FANOUT, "tickql", 500, "us_per_message") == 12.0
    to_floor = targets(median)[0]
    assert (to_floor.found, to_floor.reached) == ("1.2 x", True)


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


def test_a_report_says_what_is_missing_and_why(tmp_path: Path) -> None:
    told = results(12.0)
    told.put(Turn(QUERIES, 1, "yoga, lastPrice", Outcome.ABSENT, "Node.js is not installed"))
    told.put(Turn(QUERIES, 2, "constant, lastPrice", Outcome.FAILED, "OSError: [Errno 22] Invalid argument"))
    told.put(Turn(MEMORY, 1, "idle"))
    report.write(told, tmp_path / "RESULTS.md", [])
    text = (tmp_path / "RESULTS.md").read_text()
    assert "**Not complete**: of 5 steps these have not been measured." in text
    assert "- Failed: queries, round 2: constant, lastPrice: OSError: [Errno 22] Invalid argument." in text
    assert "- Not measured: memory: idle: the run ended before it." in text
    assert "- Left out: queries: yoga, lastPrice: Node.js is not installed." in text


def show(results: Results, folder: Path) -> str:
    """Write the report and the charts of results. Returns the text of the report."""
    # Only where charts are drawn is matplotlib needed: set-up installs it for `make test` and `make bench`.
    from bench.charts import draw

    report.write(results, folder / "RESULTS.md", draw(results, folder / "charts"))
    return (folder / "RESULTS.md").read_text()


@pytest.mark.parametrize("unit", [unit.name for unit in units(FULL)])
def test_results_without_any_one_unit_can_be_shown(tmp_path: Path, unit: str) -> None:
    whole = load(FOLDER / NAME)
    part = replace(whole, turns=[turn for turn in whole.turns if turn.unit != unit])
    assert len(part.turns) < len(whole.turns)
    assert show(part, tmp_path).startswith("# Benchmark results")


@pytest.mark.parametrize("unit", [unit.name for unit in units(FULL)])
def test_results_of_one_step_alone_can_be_shown(tmp_path: Path, unit: str) -> None:
    whole = load(FOLDER / NAME)
    part = replace(whole, turns=[turn for turn in whole.turns if turn.unit == unit][:1])
    assert len(part.turns) == 1
    assert show(part, tmp_path).startswith("# Benchmark results")


def test_a_peer_that_is_overrun_is_tried_with_what_it_may_hold() -> None:
    assert fewer(500, 25_000) == 150
    assert fewer(500, 5_500) == 30
    assert fewer(100, 50_000) == 60
    assert fewer(10, 0) == 10
