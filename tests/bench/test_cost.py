"""The comparison of a server with one that lacks a part."""

import pytest

from bench.cost.comparison import Comparison, compare
from bench.cost.contrasts import CONTRASTS
from bench.cost.without_metrics import changes


def test_the_ratio_is_the_median_of_the_starts() -> None:
    found = Comparison([[(11.0, 10.0), (9.0, 10.0), (10.0, 10.0)], [(20.0, 10.0)], [(12.0, 10.0), (12.0, 10.0)]])
    figures = found.figures()
    assert found.ratio == figures["ratio"] == 1.2
    assert (figures["starts"], figures["pairs"]) == (3, 6)
    assert (figures["lowest_start"], figures["highest_start"]) == (1.0, 2.0)


def test_what_is_replaced_to_measure_without_metrics_exists() -> None:
    for owner, name, value in changes():
        assert callable(getattr(owner, name))
        assert callable(value)


@pytest.mark.long
@pytest.mark.parametrize("name", list(CONTRASTS))
def test_each_part_can_be_measured(name: str) -> None:
    figures = compare(CONTRASTS[name], subscribers=10, starts=1, pairs=2, ticks=5).figures()
    assert figures["pairs"] == 2
    assert all(value is not None and value > 0 for value in figures.values())
