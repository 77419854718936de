"""The header of each cell is the one that the browser draws above it, whatever rows and columns the cells cover."""

import pytest
from playwright.async_api import Browser

from tickql.producer.discover.inference.headers import TableHeaders, header_text
from tickql.producer.discover.page.collector import Collector
from tickql.producer.discover.page.outline import Outline

pytestmark = pytest.mark.asyncio(loop_scope="session")

# The class of each cell is the header that a person sees above it; `none`: no header is certain.
TABLES = {
    "a header of two lines": """<thead><tr><th rowspan=2>Symbol<th colspan=2>Price<th rowspan=2>Volume<tr><th>Bid<th>Ask
        <tbody><tr><td class=Symbol>ES<td class=Bid>12.30<td class=Ask>12.31<td class=Volume>400""",
    "a header of two lines without a head": """<tr><th rowspan=2>Symbol<th colspan=2>Price<th rowspan=2>Volume
        <tr><th>Bid<th>Ask<tr><td class=Symbol>ES<td class=Bid>12.30<td class=Ask>12.31<td class=Volume>400""",
    "a header that reaches no further than its section": """<thead><tr><th rowspan=3>Symbol<th>Bid<th>Ask
        <tbody><tr><td class=Symbol>ES<td class=Bid>12.30<td class=Ask>12.31""",
    "a name beside two rows": """<thead><tr><th>Name<th>Month<th>Bid<th>Ask<tbody>
        <tr><td class=Name rowspan=2>Gold<td class=Month>Dec<td class=Bid>1.1<td class=Ask>1.2
        <tr><td class=Month>Feb<td class=Bid>1.3<td class=Ask>1.4
        <tr><td class=Name>Tin<td class=Month>Dec<td class=Bid>1.5<td class=Ask>1.6""",
    "a name beside all further rows": """<thead><tr><th>Name<th>Month<th>Bid<tbody>
        <tr><td class=Name rowspan=0>Gold<td class=Month>Dec<td class=Bid>1.1<tr><td class=Month>Feb<td class=Bid>1.3
        <tr><td class=Month>Mar<td class=Bid>1.5""",
    "a cell of two rows in the middle": """<thead><tr><th>Bid<th>Unit<th>Ask<tbody>
        <tr><td class=Bid>1.1<td class=Unit rowspan=2>t<td class=Ask>1.2
        <tr><td class=Bid>1.3<td class=Ask>1.4""",
    "a header for each part": """<tr><th>Name<th>Bid<th>Ask<tr><td class=Name>Gold<td class=Bid>1.1<td class=Ask>1.2
        <tr><th>Name<th>Ask<th>Bid<tr><td class=Name>Tin<td class=Ask>1.4<td class=Bid>1.3""",
    "a table in a cell": """<thead><tr><th>Name<th>Bid<tbody><tr><td class=Name><table><tr><th>Ask<th>Size
        <tr><td class=Ask>1.2<td class=Size>4</table><td class=Bid>1.1""",
    "a header that is not drawn above": """<thead style="position: relative; left: 400px"><tr><th>Bid<th>Ask
        <tbody><tr><td class=none>1.1<td class=none>1.2""",
    "rows that the outline leaves out": f"""<thead><tr><th>Name<th>Bid<tbody><tr><td class=none rowspan=90>Gold
        <td class=none>1.1{"<tr><td class=none>1.2" * 80}<tr><td class=none id=late>1.2""",
}


async def test_a_cell_has_the_header_that_is_drawn_above_it(browser: Browser) -> None:
    page = await browser.new_page()
    collector = await Collector.open(page)
    await page.goto("about:blank")
    tables = "".join(f'<table title="{name}">{table}</table>' for name, table in TABLES.items())
    await page.set_content(f"<!doctype html><style>td, th {{ min-width: 60px }}</style>{tables}")
    await collector.outlines()  # reads what the page shows first: a change is between two texts that were read
    await page.evaluate("late.textContent = '1.3'")
    [(_, outline)] = await collector.outlines()
    await page.close()
    assert "1.3" in [node.text for node in outline.nodes if node.tag == "td"]
    assert _faults(outline, TableHeaders()) == []


def _faults(outline: Outline, headers: TableHeaders) -> list[str]:
    found = []
    for cell in (node for node in outline.nodes if node.tag == "td"):
        header = headers.above([cell])
        shown = "none" if header is None else header_text(header).split()[0]
        table = next(node for node in cell.ancestors() if "title" in node.attributes)
        if shown != cell.classes[0]:
            found.append(f"{table.attributes['title']}: {cell.text} has {shown}, not {cell.classes[0]}")
    return found
