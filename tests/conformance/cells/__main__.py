"""Cells by the thousand: `make cells`, with `ARGS="--cells N --seed S --minutes M"`.

Each cell is markup as real pages write it, with one number, several or none. The observer reads it, and the price is
parsed as the producer does it. A picture of the cell proves what a person sees.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter

from playwright.async_api import Page

from tests.conformance.cells.cell_page import Changed, changed_texts, described
from tests.conformance.cells.runner import cells_of, judged_cells, simplest
from tests.conformance.cells.verdict import Judged, Verdict, is_stale
from tickql.producer.browser.launch import launch_browser, running_driver
from tickql.producer.feedfile.page_settings import PageSettings

CELLS = 20_000
MINUTES = 15
_PER_PAGE = 320
_PRINTED = 40
_SIMPLIFIED = 12


class Run:
    """Judges cells, and counts the verdicts."""

    def __init__(self, page: Page, lens: Page | None, given: argparse.Namespace) -> None:
        self._page = page
        self._lens = lens
        self._given = given
        self.counts: Counter[str] = Counter()
        self.kinds: Counter[tuple[str, str]] = Counter()
        self.listed: dict[str, list[Judged]] = {"wrong": [], "needless": [], "odd": []}
        self.stale: list[Changed] = []

    async def judge(self, first: int, last: int) -> None:
        """Judge the cells with these numbers."""
        for judged in await judged_cells(self._page, cells_of(self._given.seed, range(first, last)), self._lens):
            self._count(judged)
        for changed in await changed_texts(self._page, self._given.changes, self._given.seed + first):
            self.counts["changed"] += 1
            if is_stale(changed):
                self.stale.append(changed)

    def _count(self, judged: Judged) -> None:
        is_odd = self._lens is not None and judged.shown is not None and not judged.is_pictured
        self.counts[judged.verdict] += 1
        self.kinds[judged.cell.kind, judged.verdict] += 1
        self.counts["pictured"] += judged.is_pictured
        if is_odd:
            self.listed["odd"].append(judged)
        if judged.verdict is Verdict.WRONG:
            self.listed["wrong"].append(judged)
        if judged.verdict is Verdict.NEEDLESS:
            self.listed["needless"].append(judged)

    async def report(self) -> str:
        """Return what came of the cells, with the HTML of each that is wrong."""
        lines = []
        for number, judged in enumerate(self.listed["wrong"][:_PRINTED]):
            small = await simplest(self._page, judged, self._lens) if number < _SIMPLIFIED else judged
            lines += ["wrong:", *_lines(small)]
        for changed in self.stale[:_PRINTED]:
            lines += [f"stale after {', '.join(changed.changes)}:", f"  {changed.html}"]
            lines += [f"  read: {changed.kept!r}, seen: {changed.fresh!r}"]
        for name in self._given.show:
            for judged in self.listed[name][:_PRINTED]:
                lines += [f"{name}:", *_lines(judged)]
        kinds = sorted({kind for kind, _ in self.kinds})
        lines += [f"{kind:30}" + "".join(f"{self.kinds[kind, each]:8,} {each}" for each in Verdict) for kind in kinds]
        counts = ", ".join(f"{self.counts[each]:,} {each}" for each in (*Verdict, "pictured"))
        total = sum(self.counts[each] for each in Verdict)
        return "\n".join(
            [
                *lines,
                f"{total:,} cells (seed {self._given.seed}): {counts}; {len(self.listed['odd'])} whose picture is odd; "
                f"{self._given.changes * total:,} changes: {len(self.stale)} stale",
            ]
        )


def _lines(judged: Judged) -> list[str]:
    cell = judged.cell
    return [
        described(cell, judged.seen),
        f"  {cell.kind}, format {cell.form or 'none'}; a person reads {cell.value} ({cell.truth}), "
        f"shown {cell.shown!r}; picture {judged.shown!r}; read: {judged.read}",
    ]


async def _run(given: argparse.Namespace) -> int:
    until = time.monotonic() + 60 * given.minutes
    async with running_driver() as driver:
        browser = await launch_browser(driver, PageSettings(url="http://127.0.0.1/"))
        page = await browser.new_page()
        run = Run(page, await browser.new_page() if given.pictures else None, given)
        begin_s = time.perf_counter()
        for first in range(given.first, given.first + given.cells, _PER_PAGE):
            if time.monotonic() > until:
                sys.stdout.write(f"stopped after {given.minutes} minutes\n")
                break
            await run.judge(first, min(first + _PER_PAGE, given.first + given.cells))
            done = first + _PER_PAGE - given.first
            sys.stderr.write(
                f"\r{done:,} cells, {len(run.listed['wrong'])} wrong, {time.perf_counter() - begin_s:.0f} s "
            )
        sys.stdout.write(await run.report() + f" in {time.perf_counter() - begin_s:.0f} s\n")
    return 1 if run.listed["wrong"] or run.stale else 0


def main() -> int:
    """Judge cells, and say what came of them; the exit code is 1 if a number was wrong."""
    parser = argparse.ArgumentParser(description="Read cells as real pages write them, by the thousand.")
    parser.add_argument("--cells", type=int, default=CELLS, help="how many (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="number of the first cell (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the generator (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="stop after so long (default: %(default)s)")
    parser.add_argument("--changes", type=int, default=4, help="of each cell afterwards (default: %(default)s)")
    parser.add_argument("--no-pictures", dest="pictures", action="store_false", help="believe the grammar")
    parser.add_argument("--show", nargs="*", default=[], choices=("needless", "odd"), help="print these cells too")
    return asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
