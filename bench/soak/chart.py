"""What the charts of soaks have in common: rows over the same time, and the faults."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt

from bench.soak.record import Fault

FAULT_COLOUR = "#c0392b"
COLOURS = ("#0a7d57", "#3367d6", "#d97a00", "#8e44ad", "#8a94a6", "#c2a000")

_MOST_NAMES = 25


def rows(*heights: float) -> tuple[Any, Any]:
    """Return a figure and its axes, one below the other, with these heights in proportion."""
    plt.rcParams.update({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
    figure, axes = plt.subplots(
        len(heights), 1, figsize=(10, 8), sharex=True, layout="constrained", height_ratios=heights
    )
    return figure, axes


def mark_faults(axes: Any, faults: Sequence[Fault], begin_us: int) -> None:
    """Draw a line with a name for each fault, or with its number if the names would cover each other."""
    for number, fault in enumerate(faults, 1):
        at_s = (fault.at_us - begin_us) / 1e6
        axes.axvline(at_s, color=FAULT_COLOUR, lw=0.8, ls=":")
        name = fault.name if len(faults) <= _MOST_NAMES else number
        axes.text(at_s, axes.get_ylim()[1], name, rotation=30, fontsize=7)


def save(figure: Any, path: Path) -> None:
    """Write the figure, without the name of the program that drew it."""
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
