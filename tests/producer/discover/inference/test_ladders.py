"""The best prices of an order book whose rows are not all filled."""

import pytest
from playwright.async_api import Browser

from tickql.producer.discover.inference.page_prices import find_prices
from tickql.producer.discover.page.collector import Collector
from tickql.producer.discover.page.outline import Outline

pytestmark = pytest.mark.asyncio(loop_scope="session")

_BOOK = """<!doctype html><title>BTC-USD</title><h2>BTC-USD</h2>
<table><thead><tr><th>Bid<th>Ask<tbody id=rows></table><script>
  rows.innerHTML = "<tr><td>-<td>-".repeat(5);
  const show = (bids, asks) => [bids, asks].forEach((texts, side) => texts.forEach((text, row) => {
    rows.rows[row].cells[side].textContent = text;
  }));
</script>"""
_BIDS = ["99.5", "99.4", "99.3", "99.2", "99.1"]
_LOWER_BIDS = ["98.5", "98.4", "98.3", "98.2", "98.1"]


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        (["100.1", "100.2", "100.3", "100.4", "100.5"], ["100.2", "100.3", "100.4", "100.5", "100.6"], {"bid", "ask"}),
        # The last rows have never shown a price.
        (["100.1", "100.2", "100.3", "-", "-"], ["100.2", "100.3", "100.4", "-", "-"], {"bid", "ask"}),
        # The last row shows none at the moment: what it showed before says nothing about the order now.
        (["99.9", "100.0", "100.1", "100.2", "100.3"], ["101.2", "101.3", "101.4", "101.5", "-"], {"bid", "ask"}),
        # The best price may be in the row that shows none at the moment.
        (["100.1", "100.2", "100.3", "100.4", "100.5"], ["-", "100.3", "100.4", "100.5", "100.6"], set()),
    ],
)
async def test_a_row_without_a_price_does_not_hide_the_best_prices(
    browser: Browser, before: list[str], now: list[str], found: set[str]
) -> None:
    outline = await _outline(browser, (_LOWER_BIDS, before), (_BIDS, now))
    shown = {each.name: spot.newest for _, _, each, spot in find_prices(outline).rows()}
    assert shown == {name: text for name, text in (("bid", _BIDS[0]), ("ask", now[0])) if name in found}


async def test_the_prices_of_a_book_are_compared_as_the_users_format_reads_them(browser: Browser) -> None:
    before = (["993,5", "992,5", "991,5", "990,5", "989,5"], ["998", "999", "1.000", "1.001", "1.002"])
    now = (["994,5", "993,5", "992,5", "991,5", "990,5"], ["999", "1.000", "1.001", "1.002", "1.003"])
    outline = await _outline(browser, before, now)
    assert list(find_prices(outline).rows()) == []
    shown = {each.name: spot.newest for _, _, each, spot in find_prices(outline, "1.234,56").rows()}
    assert shown == {"bid": "994,5", "ask": "999"}


async def _outline(browser: Browser, *shown: tuple[list[str], list[str]]) -> Outline:
    page = await browser.new_page()
    collector = await Collector.open(page)
    await page.goto("about:blank")
    await page.set_content(_BOOK)
    for bids, asks in shown:
        await page.evaluate("([bids, asks]) => show(bids, asks)", [bids, asks])
        [(_, outline)] = await collector.outlines()
    await page.close()
    return outline
