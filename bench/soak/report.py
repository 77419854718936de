"""The report of a soak and its chart."""

from pathlib import Path

from bench.soak import chart
from bench.soak.record import Record
from bench.soak.verdict import NOTICE_S, RECOVERY_S, answers, cpu_share, growth, is_good, missed_between, wrong_states
from tickql.feed.status import ProducerState

_COLOURS = {ProducerState.LIVE: "#0a7d57", ProducerState.DEGRADED: "#d9a400", ProducerState.MISSING: "#d97a00"}
_OTHER = chart.FAULT_COLOUR


def write(record: Record, folder: Path, minutes: float) -> Path:
    """Write `SOAK.md` and `soak.png`; returns the former."""
    folder.mkdir(parents=True, exist_ok=True)
    _draw(record, folder / "soak.png")
    path = folder / "SOAK.md"
    path.write_text("\n".join(_lines(record, minutes)) + "\n")
    return path


def _lines(record: Record, minutes: float) -> list[str]:
    missed, last = missed_between(record), record.sizes[-1]
    first = record.sizes[0]
    wrong = [*record.disorder[:5], *wrong_states(record), *(f"growth: {each}" for each in growth(record))]
    return [
        f"# Soak of the producer: {'good' if is_good(record) else 'NOT GOOD'}",
        "",
        f"{minutes:g} minutes, {record.symbols} symbols at {record.rate_hz:g} Hz, {len(record.faults)} faults, "
        f"the page replaced by a fresh one {record.recycled} times besides.",
        "",
        f"- {record.ticks:,} ticks; changes missed outside the fault windows: {missed:,}",
        f"- ticks twice or out of order: {len(record.disorder)}",
        f"- producer's Python: {cpu_share(record):.2f} of a core, {first.python_mb:.0f} to {last.python_mb:.0f} MB, "
        f"{first.python_files} to {last.python_files} descriptors",
        f"- browser and driver: {first.browser_mb:.0f} to {last.browser_mb:.0f} MB, "
        f"{first.browser_files} to {last.browser_files} descriptors",
        *(f"- **{each}**" for each in wrong),
        "",
        f"| fault | at s | status after s (at most {NOTICE_S:g}) | ticking after s (at most {RECOVERY_S:g}) "
        "| changes missed | what it said |",
        "| --- | --- | --- | --- | --- | --- |",
        *(
            f"| {each.fault.name} | {(each.fault.at_us - record.begin_us) / 1e6:.0f} | {_seconds(each.noticed_s)} "
            f"| {_seconds(each.ticking_s)} | {each.missed:,} | {each.said} |"
            for each in answers(record)
        ),
        "",
        "![ticks, status, memory and descriptors over time](soak.png)",
    ]


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f}"


def _draw(record: Record, path: Path) -> None:
    figure, (ticks, states, memory, files) = chart.rows(3, 1, 3, 2)
    begin_s = record.begin_us / 1e6
    seconds = range(int(begin_s), max(record.ticks_at) + 1)
    ticks.plot([at - begin_s for at in seconds], [record.ticks_at[at] for at in seconds], color="#0a7d57", lw=1)
    ticks.set_ylabel("ticks a second")
    ticks.set_ylim(bottom=0)
    until = [*(at for at, _, _ in record.states[1:]), max(record.ticks_at) * 1_000_000]
    for (at_us, state, _), end_us in zip(record.states, until, strict=True):
        states.axvspan(at_us / 1e6 - begin_s, end_us / 1e6 - begin_s, color=_COLOURS.get(state, _OTHER), lw=0)
    states.set_yticks([])
    states.set_ylabel("status")
    at = [size.at_us / 1e6 - begin_s for size in record.sizes]
    memory.plot(at, [size.browser_mb for size in record.sizes], color="#8a94a6", label="browser and driver")
    memory.plot(at, [size.python_mb for size in record.sizes], color="#0a7d57", label="Python")
    memory.set_ylabel("MB")
    memory.set_ylim(bottom=0)
    memory.legend(frameon=False, loc="center right")
    files.plot(at, [size.python_files for size in record.sizes], color="#0a7d57", label="Python")
    files.set_ylabel("descriptors")
    files.set_ylim(bottom=0)
    files.set_xlabel("seconds")
    chart.mark_faults(ticks, record.faults, record.begin_us)
    chart.save(figure, path)
