"""What the board shows while something is wrong, and that it loses no tick by it."""

import re
import time

import pytest
from playwright.async_api import Route, expect

from tests.api.conftest import RunApi, RunningApi
from tests.support.market import Market, open_market
from tests.support.redis_server import RedisServer
from tests.web_board.axe import violations
from tests.web_board.conftest import NO_WEBSOCKETS, OpenBoard
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Quote

pytestmark = pytest.mark.long

_WRONG_CLOCK = "const now = Date.now; Date.now = () => now() + {shift_ms};"


def port_of(api: RunningApi) -> int:
    return int(api.url.rpartition(":")[2])


async def test_the_page_of_a_symbol_loses_no_tick_over_restarts_of_the_api(
    run_api: RunApi, feed_settings: FeedSettings, market: Market, open_board: OpenBoard
) -> None:
    api = await run_api(feed_settings)
    market.tick(count=5)
    screen = await open_board(f"{api.url}/#/symbol/ES")
    facts = screen.page.locator(".facts")
    await expect(facts).to_contain_text("5 ticks, none missing")
    for restart in range(1, 4):
        await api.stop()
        await expect(screen.condition).to_have_text(re.compile("Reconnecting|Server gone"))
        market.tick(count=100)
        api = await run_api(feed_settings, port=port_of(api))
        await expect(facts).to_contain_text(f"{5 + restart * 100} ticks, none missing")
    await screen.shows("ES", "last", "305")


async def test_the_page_of_a_symbol_loses_no_tick_when_redis_restarts(
    run_api: RunApi, own_feed: FeedSettings, valkey: RedisServer, open_board: OpenBoard
) -> None:
    api = await run_api(own_feed)
    async with open_market(own_feed) as market:
        market.tick(count=5)
        screen = await open_board(f"{api.url}/#/symbol/ES")
        facts = screen.page.locator(".facts")
        await expect(facts).to_contain_text("5 ticks, none missing")
        valkey.kill()
        await expect(screen.condition).to_have_text("Feed down")
        market.tick(count=100)
        await valkey.restart()
        await expect(facts).to_contain_text("105 ticks, none missing")
        await expect(screen.condition).not_to_have_text("Feed down")
    assert screen.faults == []


async def test_a_server_that_is_gone_leaves_the_last_prices_grey_and_comes_back(
    run_api: RunApi, feed_settings: FeedSettings, market: Market, open_board: OpenBoard
) -> None:
    api = await run_api(feed_settings)
    market.tick(count=7)
    screen = await open_board(f"{api.url}/")
    await screen.shows("ES", "last", "7")
    await api.stop()
    await expect(screen.condition).to_have_text("Server gone")
    await expect(screen.page.locator(".scroller")).to_have_attribute("data-connected", "no")
    await screen.shows("ES", "last", "7")
    assert await violations(screen.page) == []
    market.tick()
    # Before the server is back: then the page may need no help any more, and has no such button.
    await screen.page.get_by_role("button", name="Try now").click()
    await run_api(feed_settings, port=port_of(api))
    await screen.shows("ES", "last", "8")
    await expect(screen.page.locator(".scroller")).to_have_attribute("data-connected", "yes")


async def test_prices_that_may_be_old_are_said_to_be_stale(
    run_api: RunApi, own_feed: FeedSettings, valkey: RedisServer, open_board: OpenBoard
) -> None:
    api = await run_api(own_feed)
    async with open_market(own_feed) as market:
        market.tick()
        screen = await open_board(f"{api.url}/")
        await screen.shows("ES", "last", "1")
        # The market of the tests has no producer that reports.
        await expect(screen.condition).to_have_text("Stale")
        assert await violations(screen.page) == []


async def test_a_gap_is_counted_on_the_board_and_in_the_table(
    run_api: RunApi, feed_settings: FeedSettings, open_board: OpenBoard
) -> None:
    settings = feed_settings.model_copy(update={"history_ticks": 100})
    api = await run_api(settings)
    async with open_market(settings) as market:
        market.tick(count=3)
        screen = await open_board(f"{api.url}/#/symbol/ES")
        await expect(screen.page.locator(".facts")).to_contain_text("3 ticks, none missing")
        await api.stop()
        market.tick(count=2_000)
        await market.publisher.flush()
        await run_api(settings, port=port_of(api))
        await expect(screen.page.locator(".gap-row")).to_have_text(re.compile(r"Gap: \d+ ticks lost, no longer stored"))
        await expect(screen.page.locator(".facts")).not_to_contain_text("none missing")


async def test_where_websockets_are_blocked_prices_come_as_server_sent_events(
    run_api: RunApi, feed_settings: FeedSettings, market: Market, open_board: OpenBoard
) -> None:
    api = await run_api(feed_settings)
    market.tick(count=2)
    screen = await open_board(f"{api.url}/#/symbol/ES", NO_WEBSOCKETS)
    await expect(screen.page.locator(".condition-sentence")).to_contain_text("WebSockets are blocked")
    facts = screen.page.locator(".facts")
    market.tick()
    await expect(facts).to_contain_text("3 ticks, none missing")
    await api.stop()
    market.tick(count=50)
    await run_api(feed_settings, port=port_of(api))
    await expect(facts).to_contain_text("53 ticks, none missing")
    await screen.shows("ES", "last", "53")


@pytest.mark.parametrize(("shift_ms", "way"), [(3_600_000, "fast"), (-3_600_000, "slow")])
async def test_a_clock_that_is_wrong_by_an_hour_is_noticed_and_ages_are_right(
    shift_ms: int, way: str, api: RunningApi, market: Market, open_board: OpenBoard
) -> None:
    market.tick(count=3)
    screen = await open_board(f"{api.url}/#/symbol/ES", _WRONG_CLOCK.format(shift_ms=shift_ms))
    facts = screen.page.locator(".facts")
    await expect(facts).to_contain_text(re.compile(rf"clock is 3(5[89]|60)\d s {way}"))
    await screen.page.get_by_role("link", name="Board").click()
    market.publisher.publish(Quote("NQ", "2", "1", "9", time.time_ns() // 1000))
    await expect(screen.row("NQ").locator('[data-cell="age"]')).to_have_text(re.compile(r"^(<1|\d+) s$"))
    assert screen.faults == []


async def test_an_api_that_refuses_history_at_first_is_asked_again(
    api: RunningApi, market: Market, open_board: OpenBoard
) -> None:
    market.tick(count=4)
    screen = await open_board(f"{api.url}/")
    await screen.shows("ES", "last", "4")
    refused = 0

    async def refuse_once(route: Route) -> None:
        nonlocal refused
        refused += 1
        await (route.abort() if refused == 1 else route.continue_())

    await screen.page.route("**/graphql", refuse_once)
    await screen.row("ES").locator("a").click()
    await expect(screen.page.locator(".facts")).to_contain_text("4 ticks, none missing")
    assert refused == 2
