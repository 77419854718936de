"""Cells from a grammar of real markup: a small sample of `make cells`, which judges cells by the thousand."""

import pytest
from playwright.async_api import Browser

from tests.conformance.cells.cell import Truth
from tests.conformance.cells.cell_page import changed_texts, described
from tests.conformance.cells.runner import cells_of, judged_cells
from tests.conformance.cells.verdict import Verdict, is_stale

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEED = 9
CELLS = 150
STEPS = 5
MOST_NEEDLESS = 2
LEAST_PICTURED = 130


@pytest.mark.long
async def test_no_generated_cell_is_read_as_a_number_that_its_picture_does_not_show(browser: Browser) -> None:
    async with await browser.new_context() as context:
        page = await context.new_page()
        judged = await judged_cells(page, cells_of(SEED, range(CELLS)), await context.new_page())
        changed = await changed_texts(page, STEPS, SEED)
    wrong = [
        f"{described(each.cell, each.seen)}\n  read: {each.read}" for each in judged if each.verdict is Verdict.WRONG
    ]
    assert not wrong, "\n".join(wrong)
    assert sum(each.verdict is Verdict.NEEDLESS for each in judged) <= MOST_NEEDLESS
    # A plan that is kept while the cells change reads them as a new plan would.
    assert [each for each in changed if is_stale(each)] == []
    # The sample is worth something: the pictures show what the grammar says, and much of it is read.
    assert sum(each.is_pictured for each in judged) >= LEAST_PICTURED
    assert sum(each.verdict is Verdict.RIGHT for each in judged) > CELLS // 3
    assert {each.cell.truth for each in judged} == set(Truth)
