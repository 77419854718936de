"""The pictures of a run, for people who read no tables."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from bench.report import best_case
from bench.results import Results
from bench.sections import CAPTURE, FANOUT, QUERIES
from bench.tables import TITLES

_OURS, _THEIRS, _REFERENCE = "#0a7d57", "#8a94a6", "#d3d8e0"
_REFERENCES = ("floor", "constant", "nchan")


def draw(results: Results, folder: Path) -> list[Path]:
    """Draw what was measured; the files that were written."""
    folder.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "0"})
    charts = {"fan-out": _fan_out, "subscribers": _subscribers, "queries": _queries, "capture": _capture}
    written = []
    for name, chart in charts.items():
        figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
        if chart(results, axes):
            written.append(folder / f"{name}.png")
            figure.savefig(written[-1], dpi=144, metadata={"Software": None})
        plt.close(figure)
    return written


def _bars(axes: Axes, names: Sequence[str], values: Sequence[float], unit: str) -> None:
    colours = [_OURS if name == "tickql" else _REFERENCE if name in _REFERENCES else _THEIRS for name in names]
    bars = axes.barh([TITLES.get(name, name) for name in names], values, color=colours)
    axes.bar_label(bars, [f" {value:,.3g}{unit}" if value < 1000 else f" {value:,.0f}{unit}" for value in values])
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _title(axes: Axes, text: str) -> None:
    """Above everything and from the left edge: an axes' own title would begin behind the names."""
    figure = axes.get_figure()
    assert figure is not None
    figure.suptitle(text, x=0.01, ha="left", fontsize=12, fontweight="bold")


def _fan_out(results: Results, axes: Axes) -> bool:
    found = []
    for server in results.servers(FANOUT):
        case = best_case(results, server)
        cost = results.median(FANOUT, server, case, "us_per_message") if case is not None else None
        if cost is not None:
            found.append((cost, server))
    if found:
        found.sort()
        _bars(axes, [server for _, server in found], [cost for cost, _ in found], " µs")
        _title(axes, "Server CPU per delivered message, one symbol at 100 ticks a second")
    return bool(found)


def _subscribers(results: Results, axes: Axes) -> bool:
    cases = results.cases(FANOUT, "tickql")
    if len(cases) < 2:
        return False
    for figure, label, style in (("p50_ms", "p50", "-"), ("p99_ms", "p99", "--")):
        values = [results.median(FANOUT, "tickql", case, figure) or 0 for case in cases]
        axes.plot(cases, values, style, marker="o", color=_OURS, label=f"tickql {label}")
    axes.set_xlabel("subscribers of one symbol at 100 ticks a second")
    axes.set_ylabel("ms")
    axes.set_ylim(bottom=0)
    _title(axes, "From the tick to the subscriber")
    axes.legend(frameon=False)
    return True


def _queries(results: Results, axes: Axes) -> bool:
    found = []
    for server in results.servers(QUERIES):
        for case in results.cases(QUERIES, server):
            found.append((results.median(QUERIES, server, case, "per_s") or 0, server))
    if found:
        found.sort(reverse=True)
        _bars(axes, [server for _, server in found], [per_s for per_s, _ in found], "/s")
        _title(axes, "lastPrice queries a second, 16 connections")
    return bool(found)


def _capture(results: Results, axes: Axes) -> bool:
    servers = results.servers(CAPTURE)
    cases = results.cases(CAPTURE, "tickql")
    if not cases:
        return False
    width = 0.8 / len(servers)
    for index, server in enumerate(servers):
        places = [at + index * width for at in range(len(cases))]
        shares = [100 * (results.median(CAPTURE, server, case, "share") or 0) for case in cases]
        colour = _OURS if server == "tickql" else (_THEIRS, _REFERENCE)[index % 2]
        bars = axes.bar(places, shares, width * 0.9, color=colour, label=TITLES.get(server, server))
        axes.bar_label(bars, [f"{share:.3g} %" for share in shares], fontsize=9)
    axes.set_xticks(
        [at + width * (len(servers) - 1) / 2 for at in range(len(cases))], [f"{case} symbols" for case in cases]
    )
    axes.set_ylabel("changes caught, %")
    axes.set_ylim(0, 125)
    _title(axes, "A page whose prices change every 10 ms")
    axes.legend(frameon=False, ncols=3, loc="upper center", fontsize=9)
    return True
