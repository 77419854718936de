"""A number that another one equals is judged by what stands beside itself."""

import pytest
from playwright.async_api import Browser

from tickql.producer.discover.inference.figures import figures_of
from tickql.producer.discover.page.collector import Collector

pytestmark = pytest.mark.asyncio(loop_scope="session")

_STYLE = """<style>.row { display: flex; flex-direction: row-reverse; gap: 40px }
.column { display: flex; flex-direction: column-reverse }</style>"""


@pytest.mark.parametrize(
    ("body", "doubtful"),
    [
        ("<b id=bid>1.25</b> <i>to</i> <b id=ask>1.25</b>K", {"ask"}),
        ("<b id=bid>1.25</b>K <i>to</i> <b id=ask>1.25</b>", {"bid"}),
        ("<b id=bid>1.25</b> <i>to</i> <b id=ask>1.25</b>", set()),
        ("<b id=bid>1.25</b> <i>to</i> <b id=ask>1.25</b><i>K</i> <i>or</i> <b id=last>1.25</b>", {"ask"}),
        ("<b id=bid>1.25</b><i>K</i><br><b id=ask>1.25</b>", {"bid"}),
        # Drawn in another order than written.
        ("<p class=row><b id=bid>1.25</b><span><b id=ask>1.25</b>K</span>", {"ask"}),
        ("<p class=column><b id=bid>1.25</b><span><b id=ask>1.25</b>K</span>", {"ask"}),
    ],
)
async def test_of_equal_numbers_only_the_one_beside_a_unit_is_doubtful(
    browser: Browser, body: str, doubtful: set[str]
) -> None:
    page = await browser.new_page()
    collector = await Collector.open(page)
    await page.goto("about:blank")
    await page.set_content(f"<!doctype html>{_STYLE}<div>{body}</div>")
    [(_, outline)] = await collector.outlines()
    await page.close()
    found = {
        each.node.attributes["id"]: each.doubt is not None and each.doubt.is_part
        for each in figures_of(outline)
        if "id" in each.node.attributes
    }
    assert {name for name, is_part in found.items() if is_part} == doubtful
    assert len(found) == body.count("id=")
