"""Prices of a table that are named by the header of their column: read rightly while columns move."""

import pytest

from tests.support.watching import FAST, Watching
from tickql.feed.status import ProducerState

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOARD = """
<table><thead><tr><th>Symbol<th>Bid<th>Ask<th>Last</thead><tbody id=rows></tbody></table>
<script>
    const titles = ['Bid', 'Ask', 'Last'];
    const rows = document.getElementById('rows');
    const add = (name) => { rows.insertAdjacentHTML('beforeend', `<tr><td>${name}<td><td><td>`); };
    ['ES', 'NQ'].forEach(add);
    // Each price tells what it is: bids end with 1, asks with 2, lasts with 3.
    function show(price) {
        const heads = [...document.querySelector('thead tr').cells].map((cell) => cell.textContent);
        for (const row of rows.rows) {
            heads.forEach((head, i) => {
                if (head !== 'Symbol') row.cells[i].textContent = `${price}.${titles.indexOf(head) + 1}`;
            });
        }
    }
    // The rightmost column becomes the first one, in the headers and in the rows.
    function turn() {
        for (const row of document.querySelectorAll('tr')) row.cells[0].before(row.cells[3]);
    }
    show(0);
</script>"""
RULE = """
[[table]]
rows = "tbody tr"
symbol = { header = "Symbol" }
bid = { header = "Bid" }
ask = { header = "Ask" }
last = { header = "Last" }
"""


def rule(name: str) -> str:
    return f"""
[[table]]
rows = "#{name} [data-s]"
symbol = {{ attribute = "data-s" }}
bid = {{ header = "Bid" }}
"""


async def test_columns_that_move_while_they_stream_are_read_rightly(watch: Watching) -> None:
    board = await watch(BOARD, RULE)
    await board.until_prices("0.2", "0.1", "0.3", symbol="NQ")
    await board.run(
        """new Promise((done) => {
            let price = 0;
            const timer = setInterval(() => {
                show(++price);
                if (price % 7 === 0) turn();
                if (price % 20 === 0) turn(), show(++price);
                if (price < 100) return;
                clearInterval(timer);
                done();
            }, 10);
        })"""
    )
    for symbol in ("ES", "NQ"):
        await board.until_prices("101.2", "101.1", "101.3", symbol=symbol)
        quotes = [quote for quote in board.quotes if quote.symbol == symbol]
        assert len(quotes) > 90
        wrong = [
            quote
            for quote in quotes
            for price, ending in zip((quote.bid, quote.ask, quote.last), "123", strict=True)
            if not price or not price.endswith(f".{ending}")
        ]
        assert wrong == []


async def test_headers_are_found_again_however_they_change(watch: Watching) -> None:
    board = await watch(BOARD, RULE, timings=FAST)
    await board.until_prices("0.2", "0.1", "0.3", symbol="ES")
    heads = "document.querySelector('thead tr')"
    # Only the texts change: the numbers stay, and are something else now.
    await board.run(f"{heads}.cells[1].firstChild.data = 'Ask', {heads}.cells[2].textContent = 'Bid'")
    await board.until_prices("0.1", "0.2", "0.3", symbol="ES")
    # The whole head is replaced, and later a row joins.
    await board.run("document.querySelector('thead').outerHTML = '<thead><tr><th>Symbol<th>Last<th>Bid<th>Ask</thead>'")
    await board.until_prices("0.3", "0.2", "0.1", symbol="ES")
    await board.run("add('CL'), show(7)")
    await board.until_prices("7.2", "7.1", "7.3", symbol="CL")
    # A header above two columns: the cells of each row keep their places, the next headers do not.
    await board.run(f"{heads}.cells[1].colSpan = 2, {heads}.cells[3].remove()")
    await board.run("rows.rows[0].cells[3].textContent = '8.1'")
    await board.until_prices(None, "8.1", None, symbol="ES")


async def test_a_header_that_is_missing_or_there_twice_is_reported_and_its_price_not_published(watch: Watching) -> None:
    board = await watch(BOARD, RULE, timings=FAST)
    await board.until_prices("0.2", "0.1", "0.3", symbol="ES")
    await board.run("document.querySelectorAll('th')[2].textContent = 'Offer', show(1)")
    await board.until_reason('ask: the row has no cell below a header "Ask", it should have one')
    await board.run("rows.rows[0].cells[1].textContent = '9.1'")
    await board.until_prices(None, "9.1", "1.3", symbol="ES")
    await board.run("document.querySelectorAll('th')[2].textContent = 'Bid'")
    await board.until_reason('bid: the row has 2 cells below a header "Bid", it should have one')
    await board.run("document.querySelectorAll('th')[2].textContent = 'Ask', show(2)")
    await board.until_prices("2.2", "2.1", "2.3", symbol="ES")
    await board.until_state(ProducerState.LIVE)
    assert all(quote.ask in (None, "0.2", "2.2") for quote in board.quotes if quote.symbol == "ES")


TABLES = {
    "spans": "<thead><tr><th rowspan=2>Symbol<th colspan=2>Quote<th>x<tr><th>Ask<th> <b>BI</b>D \n ▲<th>y</thead>"
    "<tr data-s=AA><td>AA<td>9<td>1.1<td>8",
    "wide": "<tr><th colspan=2>Name<th>Bid<th>Ask<tr data-s=BB><td colspan=2>BB<td>1.2<td>9"
    "<tr data-s=B2><td>B<td>2<td>1.3<td>9",
    "reaching": "<tr><th>Group<th>Symbol<th>Bid<tr data-s=CC><td rowspan=2>7<td>CC<td>1.4<tr data-s=C2><td>C2<td>1.5",
    "first": "<tr><td>Symbol<td>Ask<td>Bid<tr data-s=DD><td>DD<td>9<td>1.6",
    "hidden": "<thead><tr><th>Symbol<th>Bid<th>Ask</thead><tr data-s=EE><td style='display: none'>77<td>EE<td>1.7<td>9",
    "both": "<thead><tr><th style='display: none'>Id<th>Symbol<th>Bid</thead>"
    "<tr data-s=FF><td style='display: none'>77<td>FF<td>1.8",
    "parts": "<thead><tr><th>Symbol<th>Bid<th>Ask</thead><tr data-s=GG><td>GG<td>1.9<td>9"
    "<tr><th>Symbol<th>Yield<th>Bid<tr data-s=G2><td>G2<td>9<td>2.1",
    "named": "<thead><tr><th>Symbol<th title=Bid><svg></svg><th>Ask</thead><tr data-s=HH><td>HH<td>2.2<td>9",
    "inside": "<thead><tr><th>Symbol<th>Ask<th>Bid</thead>"
    "<tr data-s=II><td><table><tr><th>Bid<th>Bid<tr><td>5<td>6</table><td>9<td>2.3",
    "unseen": "<thead style='display: none'><tr><th>Symbol<th>Bid</thead><tr data-s=JJ><td>JJ<td>2.4",
}
GRID = """<div role=grid id=grid><div><div role=row><i role=columnheader aria-colindex=3>Bid</i>
    <i role=columnheader aria-colindex=2>Ask</i><i role=columnheader aria-colindex=1>Symbol</i></div></div>
    <div role=row data-s=KK><i role=gridcell aria-colindex=2>9</i><i role=gridcell aria-colindex=3>2.5</i></div></div>
<div role=table id=roles><p role=row><i role=columnheader>Symbol</i><i role=columnheader>Bid</i></p>
    <p role=row data-s=LL><i role=rowheader>LL</i><i role=cell>2.6</i></p></div>"""
SHOWN = {
    "AA": "1.1", "BB": "1.2", "B2": "1.3", "CC": "1.4", "C2": "1.5", "DD": "1.6", "EE": "1.7", "FF": "1.8", "GG": "1.9",
    "G2": "2.1", "HH": "2.2", "II": "2.3", "JJ": "2.4", "KK": "2.5", "LL": "2.6",
}  # fmt: skip


async def test_a_column_is_counted_as_the_browser_draws_it(watch: Watching) -> None:
    tables = "".join(f"<table id={name}>{rows}</table>" for name, rows in TABLES.items())
    rules = "".join(rule(name) for name in (*TABLES, "grid", "roles"))
    board = await watch(tables + GRID, rules, timings=FAST)
    for symbol, price in SHOWN.items():
        await board.until_prices(None, price, None, symbol=symbol)
    await board.until_state(ProducerState.LIVE)
    assert len(board.quotes) == len(SHOWN)
    # A grid moves its columns by their numbers alone.
    await board.run(
        "grid.querySelectorAll('[aria-colindex]').forEach((each) => {"
        "each.setAttribute('aria-colindex', { 1: 1, 2: 3, 3: 2 }[each.getAttribute('aria-colindex')]); })"
    )
    await board.run("grid.querySelectorAll('[role=gridcell]')[1].textContent = '3.5'")
    await board.until_prices(None, "3.5", None, symbol="KK")
    await board.run("reaching.rows[1].cells[0].rowSpan = 1, reaching.rows[2].insertCell(0), 0")
    await board.run("reaching.rows[2].cells[2].textContent = '3.6'")
    await board.until_prices(None, "3.6", None, symbol="C2")
    assert len(board.quotes) == len(SHOWN) + 2
