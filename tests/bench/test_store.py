from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.results import Outcome, Results, Row, Turn
from bench.store import NAME, Store, load, save

MACHINE = {"tickql": "0.1.0, commit 0123456789ab", "processor": "fast, 2 cores"}
DONE = Turn("fan-out", 1, "tickql", Outcome.MEASURED, "", 1.5, (Row("fan-out", "tickql", 500, {"share": 0.123456}),))
LACKING = Turn("fan-out", 1, "floor", Outcome.FAILED, "it broke")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "unfinished") as store:
        yield store


def test_results_survive_being_saved(tmp_path: Path) -> None:
    before = Results(MACHINE, [DONE, LACKING], wall_s=12.5, runs=2)
    before.note("said once")
    before.note("said once")
    save(before, tmp_path / NAME)
    after = load(tmp_path / NAME)
    assert after.turns[1] == LACKING
    assert after.of("fan-out", "tickql", 500) == [{"share": 0.1235}], "to four significant digits"
    assert (after.machine, after.notes, after.wall_s, after.runs) == (MACHINE, ["said once"], 12.5, 2)
    assert [path.name for path in tmp_path.iterdir()] == [NAME], "nothing else is left behind"


def test_a_turn_takes_the_place_of_the_one_before() -> None:
    results = Results(MACHINE, [LACKING, DONE])
    again = Turn("fan-out", 1, "floor", Outcome.MEASURED)
    results.put(again)
    assert results.turns == [again, DONE]


def test_a_run_goes_on_with_results_of_the_same_tickql_on_the_same_machine(store: Store) -> None:
    store.keep(Results(MACHINE, [DONE, LACKING]))
    found, told = store.earlier(dict(MACHINE))
    assert found is not None
    assert found.open == [LACKING]
    assert "1 of 2 steps are there" in told


@pytest.mark.parametrize("name", ["tickql", "processor", "browser"])
def test_a_run_does_not_go_on_with_results_of_anything_else(store: Store, name: str) -> None:
    store.keep(Results(MACHINE, [DONE, LACKING]))
    found, told = store.earlier(MACHINE | {name: "another one"})
    assert found is None
    assert told.endswith(f"as this has changed: {name}")


def test_a_first_run_has_nothing_to_go_on_with(store: Store) -> None:
    assert store.earlier(MACHINE) == (None, "")


def test_results_that_cannot_be_read_are_told_and_measured_anew(store: Store) -> None:
    (store.folder / NAME).write_text('{"rows": []}')
    found, told = store.earlier(MACHINE)
    assert found is None
    assert "cannot be read" in told


def test_two_runs_do_not_share_a_folder(store: Store) -> None:
    with pytest.raises(BenchError, match="another run is at work in"), Store(store.folder):
        pass


def test_a_folder_that_a_run_has_left_can_be_used_again(tmp_path: Path) -> None:
    for _ in range(2):
        with Store(tmp_path / "unfinished") as store:
            store.clear()
    assert not (tmp_path / "unfinished").exists()
