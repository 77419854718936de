"""The board shows all symbols as they are: their digits, their order, and what the keyboard does."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.api.conftest import RunApi, RunningApi
from tests.support.market import Market
from tests.web_board.axe import violations
from tests.web_board.conftest import OpenBoard
from tickql.feed.settings import FeedSettings

SYMBOLS = ("CL", "ES", "NQ", "ZN")


def fill(market: Market) -> None:
    """Give each symbol another number of ticks, and so another price."""
    for count, symbol in enumerate(SYMBOLS, start=1):
        market.tick(symbol, count)


async def test_the_board_shows_each_symbol_and_follows_its_ticks(
    api: RunningApi, market: Market, open_board: OpenBoard
) -> None:
    fill(market)
    screen = await open_board(f"{api.url}/")
    await screen.shows("NQ", "last", "3")
    assert await screen.shown_symbols() == list(SYMBOLS)
    market.tick("NQ", 9)
    await screen.shows("NQ", "bid", "12.25")
    await screen.shows("NQ", "ask", "12.50")
    await screen.shows("NQ", "last", "12")
    await expect(screen.row("NQ").locator('[data-cell="change"]')).to_have_text("+9 +300.00 %")
    # Readable without colour.
    await expect(screen.row("NQ").locator('[data-cell="last"] .arrow')).to_have_text("▲")
    assert await violations(screen.page) == []
    await screen.row("NQ").locator("a").click()
    await expect(screen.page.get_by_role("heading", level=1)).to_contain_text("NQ")
    await screen.shows("NQ", "last", "12")
    await expect(screen.page.locator(".facts")).to_contain_text("12 ticks, none missing")
    market.tick("NQ")
    await expect(screen.page.locator(".facts")).to_contain_text("13 ticks, none missing")
    assert await violations(screen.page) == []
    assert screen.faults == []
    assert screen.hosts == {urlsplit(api.url).netloc}


@pytest.mark.long
async def test_the_keyboard_moves_pins_filters_and_opens(
    api: RunningApi, market: Market, open_board: OpenBoard
) -> None:
    fill(market)
    screen = await open_board(f"{api.url}/")
    await screen.shows("ZN", "last", "4")
    keyboard = screen.page.keyboard
    await screen.page.get_by_role("grid").focus()
    await expect(screen.row("CL")).to_have_attribute("aria-selected", "true")
    await keyboard.press("End")
    await keyboard.press("p")
    await expect(screen.row("ZN").get_by_role("button")).to_have_attribute("aria-pressed", "true")
    assert await screen.shown_symbols() == ["ZN", "CL", "ES", "NQ"]
    await keyboard.press("/")
    await keyboard.type("n")
    await expect(screen.rows).to_have_count(2)
    assert "q=n" in screen.page.url
    await keyboard.press("Escape")
    await expect(screen.rows).to_have_count(4)
    await keyboard.press("ArrowDown")
    await keyboard.press("ArrowDown")
    await keyboard.press("Enter")
    await expect(screen.page.get_by_role("heading", level=1)).to_contain_text("CL")
    await keyboard.press("Escape")
    await expect(screen.page.get_by_role("grid")).to_be_visible()
    assert screen.faults == []


@pytest.mark.long
async def test_a_column_sorts_and_the_address_keeps_filter_and_order(
    api: RunningApi, market: Market, open_board: OpenBoard
) -> None:
    fill(market)
    screen = await open_board(f"{api.url}/?sort=-last&q=n")
    await screen.shows("ZN", "last", "4")
    assert await screen.shown_symbols() == ["ZN", "NQ"]
    await screen.page.get_by_role("searchbox").fill("")
    await expect(screen.rows).to_have_count(4)
    await screen.page.get_by_role("button", name="Last").click()
    await expect(screen.page.get_by_role("columnheader", name="Last")).to_have_attribute("aria-sort", "ascending")
    assert await screen.shown_symbols() == list(SYMBOLS)
    market.tick("CL", 50)
    await screen.page.wait_for_function("document.querySelector('.rows .row:last-child').dataset.symbol !== undefined")
    await screen.shows("CL", "last", "51")
    assert "sort=last" in screen.page.url
    assert screen.faults == []


@pytest.mark.long
async def test_a_phone_shows_each_symbol_without_scrolling_sideways(
    api: RunningApi, market: Market, open_board: OpenBoard
) -> None:
    fill(market)
    screen = await open_board(f"{api.url}/", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    await screen.shows("ZN", "last", "4")
    widest = "document.querySelector('.scroller').scrollWidth <= document.documentElement.clientWidth"
    assert await screen.page.evaluate(widest)
    assert await violations(screen.page) == []
    await screen.row("ZN").locator("a").click()
    # The board, too, shows this price until the symbol's page has been loaded.
    await expect(screen.page.get_by_role("heading", level=1)).to_contain_text("ZN")
    await screen.shows("ZN", "last", "4")
    assert await screen.page.evaluate("document.documentElement.scrollWidth <= 360")
    assert await violations(screen.page) == []
    assert screen.faults == []


@pytest.mark.long
@pytest.mark.parametrize("count", [3_000, 10_000])
async def test_of_thousands_of_symbols_only_those_on_the_screen_are_in_the_document(
    count: int, api: RunningApi, market: Market, open_board: OpenBoard
) -> None:
    for number in range(count):
        market.tick(f"S{number:05}")
    await market.publisher.flush()
    screen = await open_board(f"{api.url}/")
    await screen.shows("S00000", "last", "1")
    await expect(screen.page.get_by_role("grid")).to_have_attribute("aria-rowcount", f"{count + 1}")
    assert await screen.rows.count() < 60
    await screen.page.get_by_role("grid").focus()
    await screen.page.keyboard.press("End")
    newest = f"S{count - 1:05}"
    await screen.shows(newest, "last", "1")
    market.tick(newest, 6)
    await screen.shows(newest, "last", "7")
    await screen.page.get_by_role("button", name="Last").click()
    await expect(screen.rows.first).to_have_attribute("data-symbol", newest)
    await screen.page.get_by_role("searchbox").fill("s017")
    await screen.shows("S01700", "last", "1")
    assert await violations(screen.page) == []
    await screen.row("S01700").locator("a").click()
    await expect(screen.page.locator(".facts")).to_contain_text("1 tick, none missing")
    assert screen.faults == []


@pytest.mark.long
async def test_in_production_the_board_works_and_has_no_link_to_graphiql(
    run_api: RunApi, feed_settings: FeedSettings, market: Market, open_board: OpenBoard
) -> None:
    fill(market)
    api = await run_api(feed_settings, production=True)
    screen = await open_board(f"{api.url}/")
    await screen.shows("NQ", "last", "3")
    await expect(screen.page.get_by_role("link", name="Feed")).to_be_visible()
    await expect(screen.page.get_by_role("link", name="GraphiQL")).to_have_count(0)
    await screen.row("NQ").locator("a").click()
    await expect(screen.page.locator(".facts")).to_contain_text("3 ticks, none missing")
    assert screen.faults == []


@pytest.mark.long
async def test_an_empty_board_says_what_to_do(api: RunningApi, open_board: OpenBoard) -> None:
    screen = await open_board(f"{api.url}/")
    await expect(screen.page.get_by_text("tickql discover")).to_be_visible()
    assert await violations(screen.page) == []


@pytest.mark.long
async def test_without_javascript_the_page_says_so(api: RunningApi, open_board: OpenBoard) -> None:
    screen = await open_board(f"{api.url}/", java_script_enabled=False)
    await expect(screen.page.get_by_text("The board needs JavaScript")).to_be_visible()


@pytest.mark.long
async def test_a_symbol_that_does_not_exist_is_said_to_have_no_tick(
    api: RunningApi, market: Market, open_board: OpenBoard
) -> None:
    fill(market)
    screen = await open_board(f"{api.url}/#/symbol/NONE")
    await expect(screen.page.get_by_text("No tick of NONE has ever arrived here")).to_be_visible()
    for shown in (".chart", ".ticks", ".operation", ".quote-last", ".quote-sides"):
        await expect(screen.page.locator(shown)).not_to_be_visible()
    assert await violations(screen.page) == []
    market.tick("NONE")
    await expect(screen.page.locator(".facts")).to_contain_text("1 tick, none missing")
    await expect(screen.page.locator(".chart canvas").first).to_be_visible()
    market.tick("NONE", 2)
    await expect(screen.page.locator(".facts")).to_contain_text("3 ticks, none missing")


@pytest.mark.long
async def test_a_symbol_whose_name_cannot_be_one_is_refused_in_words(api: RunningApi, open_board: OpenBoard) -> None:
    screen = await open_board(f"{api.url}/#/symbol/no%20symbol")
    await expect(screen.page.get_by_text("The server refuses this symbol: ")).to_be_visible()
    await expect(screen.page.locator(".chart")).not_to_be_visible()
