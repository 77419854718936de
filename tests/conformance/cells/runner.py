"""Cells by the page: made, shown in a browser, pictured, read and judged. Those that are wrong are made simpler."""

from collections.abc import Iterable, Sequence

from playwright.async_api import Page

from tests.conformance.cells.cell import Cell
from tests.conformance.cells.cell_page import seen_texts, show
from tests.conformance.cells.choices import Choices
from tests.conformance.cells.grammar import make_cell
from tests.conformance.cells.picture import take_picture
from tests.conformance.cells.verdict import Judged, Verdict, judge


def cells_of(seed: int, numbers: Iterable[int]) -> list[Cell]:
    """Return the cells with these numbers."""
    return [make_cell(Choices(seed=f"{seed}-{number}"), f"c{number}") for number in numbers]


async def judged_cells(page: Page, cells: Sequence[Cell], lens: Page | None) -> list[Judged]:
    """Show cells and judge each. `lens`: a second page, which compares pictures; `None`: no pictures are taken."""
    await show(page, cells)
    seen = await seen_texts(page)
    pictures = await take_picture(page, lens) if lens else [None] * len(cells)
    return [judge(*each) for each in zip(cells, seen, pictures, strict=True)]


async def simplest(page: Page, judged: Judged, lens: Page | None) -> Judged:
    """Return a cell with the same fault that has been made simpler, choice by choice."""
    for _ in range(4):
        simpler = [cell for cell in _simpler(judged.cell) if cell.html != judged.cell.html]
        if not simpler:
            return judged
        verdicts = await judged_cells(page, simpler, lens)
        wrong = [each for each in verdicts if each.verdict is Verdict.WRONG and (each.is_pictured or not lens)]
        if not wrong:
            return judged
        judged = min(wrong, key=lambda each: len(each.cell.html))
    return judged


def _simpler(cell: Cell) -> list[Cell]:
    """Return cells with one of the choices, or all from one on, replaced by a zero."""
    made = list(cell.choices)
    records = []
    for place in range(len(made)):
        if made[place]:
            records.append([*made[:place], 0, *made[place + 1 :]])
            records.append(made[:place])
    return [make_cell(Choices(record=record), f"s{number}") for number, record in enumerate(records)]
