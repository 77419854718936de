"""The board behind reverse proxies: below a path, and where no WebSocket gets through."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.api.conftest import RunningApi
from tests.support.market import Market
from tests.support.prefix_proxy import prefix_proxy
from tests.web_board.conftest import OpenBoard
from tests.web_board.test_feeds import is_loaded, producing
from tickql.feed.settings import FeedSettings

pytestmark = pytest.mark.long


async def test_all_views_work_below_a_path_of_another_server(
    api: RunningApi, feed_settings: FeedSettings, tmp_path: Path, open_board: OpenBoard
) -> None:
    async with prefix_proxy(api.url, "/prices/") as address, producing(feed_settings, tmp_path):
        screen = await open_board(address)
        await screen.shows("ES", "last", "4512.00")
        await screen.row("ES").locator("a").click()
        await expect(screen.page.locator(".facts")).to_contain_text("1 tick, none missing")
        await screen.page.get_by_role("link", name="Feed").click()
        await screen.page.get_by_role("button", name="Take a new picture").click()
        await is_loaded(screen)
        assert screen.faults == []
        assert screen.hosts == {urlsplit(address).netloc}
        assert screen.websockets == [f"{address.replace('http', 'ws')}graphql"]
        await screen.page.get_by_role("link", name="GraphiQL").click()
        await expect(screen.page).to_have_url(f"{address}graphql")
        await expect(screen.page.locator(".graphiql-container")).to_be_visible()


async def test_live_ticks_come_through_a_proxy_that_adds_a_path(
    api: RunningApi, market: Market, open_board: OpenBoard
) -> None:
    market.tick()
    async with prefix_proxy(api.url, "/prices/") as address:
        screen = await open_board(address)
        await screen.shows("ES", "last", "1")
        market.tick(count=9)
        await screen.shows("ES", "last", "10")
        await expect(screen.page.locator(".condition-sentence")).not_to_contain_text("WebSockets")


async def test_through_a_proxy_that_passes_no_websocket_prices_come_as_server_sent_events(
    api: RunningApi, market: Market, open_board: OpenBoard
) -> None:
    market.tick(count=2)
    async with prefix_proxy(api.url, "/prices/", passes_upgrades=False) as address:
        screen = await open_board(f"{address}#/symbol/ES")
        await expect(screen.page.locator(".condition-sentence")).to_contain_text("WebSockets are blocked")
        facts = screen.page.locator(".facts")
        await expect(facts).to_contain_text("2 ticks, none missing")
        market.tick(count=50)
        await expect(facts).to_contain_text("52 ticks, none missing")
        await screen.page.get_by_role("link", name="Board").click()
        await screen.shows("ES", "last", "52")
