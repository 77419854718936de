"""Where prices are: tables, labelled boxes, candidates and the kinds of selectors, on real pages."""

import pytest

from tests.support.watching import Watching
from tickql.feed.status import ProducerState

pytestmark = pytest.mark.asyncio(loop_scope="session")

TABLE = """
[[table]]
rows = "#board tr"
symbol = "td:nth-child(1)"
ask = "td:nth-child(2)"
bid = "td:nth-child(3)"
"""
BOXES = """
[[labelled]]
box = ".box"
label = "small"
value = ".number"
labels = { ask = "ASK", bid = ["BID", "Best bid"], last = "LAST" }
symbol = "ES"
"""


def table(*rows: str) -> str:
    cells = ("".join(f"<td>{cell}</td>" for cell in row.split()) for row in rows)
    return f"<table id=board>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def last(selector: str) -> str:
    return f"[[symbol]]\nname = \"ES\"\nlast = '''{selector}'''"


async def test_each_row_of_a_table_is_a_symbol(watch: Watching) -> None:
    board = await watch(table("ES 2 1", "NQ 20 10"), TABLE)
    await board.until_prices("2", "1", None, symbol="ES")
    await board.until_prices("20", "10", None, symbol="NQ")
    await board.run("board.rows[1].cells[1].textContent = '21'")
    await board.until_prices("21", "10", None, symbol="NQ")
    assert len(board.quotes) == 3


async def test_a_reused_row_belongs_to_the_symbol_that_it_shows_now(watch: Watching) -> None:
    board = await watch(table("ES 2 1", "NQ 20 10"), TABLE)
    await board.until_count(2)
    await board.run(
        """[...board.rows].forEach((row, i) =>
            [['NQ', '21', '11'], ['ES', '3', '2']][i].forEach((text, j) => { row.cells[j].textContent = text; }))"""
    )
    await board.until_prices("3", "2", None, symbol="ES")
    await board.until_prices("21", "11", None, symbol="NQ")
    assert len(board.quotes) == 4


async def test_rows_come_and_go(watch: Watching) -> None:
    board = await watch(table("ES 2 1"), TABLE)
    await board.until_count(1)
    await board.run("board.insertAdjacentHTML('beforeend', '<tr><td>NQ<td>20<td>10</tr>')")
    await board.until_prices("20", "10", None, symbol="NQ")
    await board.run("board.rows[0].remove()")
    assert "does not show it now" in await board.until_state(ProducerState.MISSING, "ES")
    await board.until_state(ProducerState.LIVE)
    await board.run("board.insertAdjacentHTML('beforeend', '<tr><td>ES<td>3<td>1</tr>')")
    await board.until_prices("3", "1", None, symbol="ES")
    await board.until_state(ProducerState.LIVE, "ES")


@pytest.mark.long
async def test_no_price_is_lost_in_a_table_that_is_rewritten_at_each_price(watch: Watching) -> None:
    board = await watch(table("ES 0 0"), TABLE)
    await board.until_count(1)
    await board.run(
        """new Promise((done) => {
            let n = 0;
            const timer = setInterval(() => {
                board.innerHTML = `<tr><td>ES<td>${++n}<td>${n}</tr>`.repeat(1) + '<tr><td>NQ<td>1<td>1</tr>';
                if (n === 50) { clearInterval(timer); done(); }
            }, 10);
        })"""
    )
    await board.until_prices("50", "50", None)
    assert board.prices() == [(str(n), str(n), None) for n in range(51)]


async def test_the_symbol_may_be_an_attribute_of_the_row(watch: Watching) -> None:
    rules = '[[table]]\nrows = "[row-id]"\nsymbol = { attribute = "row-id" }\nlast = { selector = "b" }'
    board = await watch("<div id=row row-id=ES><b>1</b></div>", rules)
    await board.until_last("1")
    await board.run("row.setAttribute('row-id', 'NQ')")
    await board.until_last("1", symbol="NQ")


async def test_the_price_may_be_in_the_row_itself(watch: Watching) -> None:
    rules = '[[table]]\nrows = "[row-id]"\nsymbol = { attribute = "row-id" }\nlast = { read = "attr:data-last" }'
    board = await watch("<div id=row row-id=ES data-last=1></div>", rules)
    await board.until_last("1")
    await board.run("row.dataset.last = '2'")
    await board.until_last("2")


async def test_a_symbol_whose_cells_are_in_two_rows_is_put_together(watch: Watching) -> None:
    rules = '[[table]]\nrows = "[row-id]"\nsymbol = { attribute = "row-id" }\nask = ".ask"\nbid = ".bid"'
    board = await watch("<p row-id=ES><b class=ask>2</b></p><p row-id=ES><b class=bid>1</b></p>", rules)
    await board.until_prices("2", "1", None)


async def test_a_row_without_a_symbol_is_reported(watch: Watching) -> None:
    board = await watch(table("ES 2 1", "E$S 20 10"), TABLE)
    await board.until_prices("2", "1", None)
    assert "symbol 'E$S' is not" in await board.until_state(ProducerState.DEGRADED)
    assert {quote.symbol for quote in board.quotes} == {"ES"}


async def test_labelled_boxes_are_read_by_their_labels(watch: Watching) -> None:
    boxes = "".join(
        f"<div class=box><small>{label}</small><p class=number>{price}</p></div>"
        for label, price in (("Volume", "9"), ("Best Bid:", "1"), ("Ask", "2"), ("LAST", "1.5"))
    )
    es = await watch(boxes, BOXES)
    await es.until_prices("2", "1", "1.5")
    await es.run("document.querySelectorAll('.number')[1].textContent = '1.1'")
    await es.until_prices("2", "1.1", "1.5")
    await es.run("const [volume] = document.querySelectorAll('small'); volume.textContent = 'LAST'")
    await es.until_reason("copies on the page show '1.5' and '9'")
    assert 'none of the boxes ".box" has the label "LAST" and one ".number"' not in (es.reports[-1].reason or "")


async def test_the_first_candidate_that_matches_one_element_is_taken(watch: Watching) -> None:
    rules = '[[symbol]]\nname = "ES"\nlast = ["#new", ".old", "#last"]'
    es = await watch("<b class=old>1</b><b class=old>2</b><b id=last>3</b>", rules)
    await es.until_last("3")
    await es.run("document.body.insertAdjacentHTML('beforeend', '<b id=new>4</b>')")
    await es.until_last("4")


async def test_a_selector_that_matches_another_element_now_is_followed(watch: Watching) -> None:
    es = await watch("<b class=on>1</b><b>2</b>", last("b.on"))
    await es.until_last("1")
    await es.run("for (const b of document.querySelectorAll('b')) b.classList.toggle('on')")
    await es.until_last("2")


SELECTORS = [
    "css=div > .price",
    "#es >> .price",
    "testid=last",
    "data-testid=last",
    "id=last",
    "//div/b[2]",
    "xpath=//b[@class='price']",
    "#es b >> nth=1",
    "#es b >> nth=-1",
    'text="7.5"',
    "text=/^7\\.5$/",
    "#es >> text=7.",
    'role=status[name="Last price"]',
    "div:has(> .price) .price",
]


async def test_every_kind_of_selector_finds_the_price(watch: Watching) -> None:
    body = """<div id=es><b>Last</b><b id=last class=price data-testid=last role=status aria-label="Last price"
        >7.5</b></div><p>8</p>"""
    rules = "\n".join(f"[[symbol]]\nname = 'S{n}'\nlast = '''{each}'''" for n, each in enumerate(SELECTORS))
    board = await watch(body, rules)
    await board.until_count(len(SELECTORS))
    assert {quote.last for quote in board.quotes} == {"7.5"}


async def test_selectors_find_through_shadow_roots(watch: Watching) -> None:
    body = """<x-board></x-board><b class=price>9</b><script>
        customElements.define('x-board', class extends HTMLElement {
            constructor() {
                super();
                this.attachShadow({ mode: 'open' }).innerHTML = '<div><x-cell class=last></x-cell></div>';
            }
        });
        customElements.define('x-cell', class extends HTMLElement {
            constructor() {
                super();
                this.attachShadow({ mode: 'open' }).innerHTML = '<p><b class=price data-testid=p>1.5</b></p>';
            }
        });</script>"""
    rules = """
[[symbol]]
name = "A"
last = "x-board .last .price"
[[symbol]]
name = "B"
last = "x-board >> testid=p"
[[symbol]]
name = "C"
last = "div > .last"
[[symbol]]
name = "D"
last = "text=1.5"
"""
    board = await watch(body, rules)
    for symbol in "ABCD":
        await board.until_last("1.5", symbol=symbol)
