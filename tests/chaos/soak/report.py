"""The report of a soak of the system, and its chart."""

from collections import Counter
from pathlib import Path

from bench.soak import chart
from tests.chaos.soak.record import SETTLED_S, SystemRecord


def write(record: SystemRecord, folder: Path, title: str) -> Path:
    """Write `SOAK.md` and `soak.png`; returns the former."""
    folder.mkdir(parents=True, exist_ok=True)
    _draw(record, folder / "soak.png")
    path = folder / "SOAK.md"
    path.write_text("\n".join(_lines(record, title)) + "\n")
    return path


def _lines(record: SystemRecord, title: str) -> list[str]:
    events = sum(5 * sum(rates.values()) for rates in record.received.values())
    unsettled = [name for name in record.sizes if not record.settled(name)]
    waited = sorted(zip(record.recovered_s, (fault.name for fault in record.faults), strict=True), reverse=True)
    return [
        f"# Soak of the system: {'good' if record.good else 'NOT GOOD'}",
        "",
        f"{title}: {len(record.faults)} faults, about {events:,} events received.",
        "",
        f"- broken promises: {len(record.violations)}",
        f"- gaps, each explained by a fault: {_counts(record.gaps)}",
        f"- connections that broke and were resumed: {record.breaks:,}",
        f"- after a fault every client had a new tick within {max(record.recovered_s, default=0):.1f} s; longest: "
        + ", ".join(f"{name} {seconds:.1f} s" for seconds, name in waited[:3]),
        *([f"- memory not judged, as the process ran for less than {SETTLED_S:g} s: {', '.join(unsettled)}"]
          if unsettled else []),
        *(f"- **{each}**" for each in [*record.violations[:10], *(f"growth: {each}" for each in record.growth())]),
        "",
        "| process | runs | MB, first to last of its last run | descriptors | CPU, of a core |",
        "| --- | --- | --- | --- | --- |",
        *(_row(record, name) for name in record.sizes),
        "",
        "| | fault | at s | over at s | last client heard again after s |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {number} | {fault.name} | {fault.at_us / 1e6:.0f} | {fault.over_us / 1e6:.1f} | {seconds:.1f} |"
            for number, (fault, seconds) in enumerate(zip(record.faults, record.recovered_s, strict=True), 1)
        ),
        "",
        "![events, memory and descriptors over time](soak.png)",
    ]  # fmt: skip


def _row(record: SystemRecord, name: str) -> str:
    sizes = record.sizes[name]
    alive = [size for size in sizes if size.pid == sizes[-1].pid]
    first, last = alive[0], alive[-1]
    cpu = (last.cpu_s - first.cpu_s) / (last.at_s - first.at_s) if last.at_s > first.at_s else 0.0
    runs = len({size.pid for size in sizes})
    files = f"{first.files} to {last.files}"
    return f"| {name} | {runs} | {first.mb:.0f} to {last.mb:.0f} | {files} | {cpu:.2f} |"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in Counter(counts).most_common()) or "none"


def _draw(record: SystemRecord, path: Path) -> None:
    figure, (events, memory, files) = chart.rows(3, 3, 2)
    for colour, (name, rates) in zip(chart.COLOURS, record.received.items(), strict=False):
        events.plot(list(rates), list(rates.values()), color=colour, lw=1, label=name)
    events.set_ylabel("events a second")
    for colour, (name, sizes) in zip(chart.COLOURS, record.sizes.items(), strict=False):
        at_s = [size.at_s for size in sizes]
        memory.plot(at_s, [size.mb for size in sizes], color=colour, lw=1, label=name)
        files.plot(at_s, [size.files for size in sizes], color=colour, lw=1)
    memory.set_ylabel("MB")
    memory.legend(frameon=False, loc="upper left", ncols=3, fontsize=8)
    files.set_ylabel("descriptors")
    files.set_xlabel("seconds")
    for axes in (events, memory, files):
        axes.set_ylim(bottom=0)
    chart.mark_faults(events, record.faults, 0)
    chart.save(figure, path)
