"""The board on devices that sleep, go offline, and have several tabs open; and with no server when it is loaded."""

import pytest
from playwright.async_api import Route, expect

from tests.api.conftest import RunApi, RunningApi
from tests.support.market import Market
from tests.support.proxy import FaultProxy
from tests.web_board.conftest import NO_WEBSOCKETS, OpenBoard
from tests.web_board.test_outages import port_of
from tickql.feed.settings import FeedSettings

pytestmark = pytest.mark.long

_SLEEPING = """
// While the device sleeps its clock goes on, and its timers stand still: those that would find out by themselves
// that the connection is dead are still far from their end when it wakes.
let sleptMs = 0;
const isFar = (ms) => ms >= 5_000 && sleptMs === 0;
const now = Date.now, later = setTimeout;
Date.now = () => now() + sleptMs;
window.setTimeout = (call, ms, ...given) => isFar(ms) ? 0 : later(call, ms, ...given);
window.setInterval = new Proxy(setInterval, {
    apply: (set, self, [call, ms, ...given]) => isFar(ms) ? 0 : set(call, ms, ...given),
});
addEventListener("offline", () => sleptMs += 3_600_000);
"""


@pytest.mark.parametrize("script", [pytest.param("", id="websocket"), pytest.param(NO_WEBSOCKETS, id="sse")])
async def test_a_laptop_that_slept_gets_each_tick_over_a_new_connection(
    api: RunningApi, market: Market, open_board: OpenBoard, script: str
) -> None:
    market.tick(count=5)
    async with FaultProxy(api.url) as proxy:
        screen = await open_board(f"http://127.0.0.1:{proxy.port}/#/symbol/ES", _SLEEPING + script)
        facts = screen.page.locator(".facts")
        await expect(facts).to_contain_text("5 ticks, none missing")
        market.tick()
        await expect(facts).to_contain_text("6 ticks, none missing")
        await screen.page.context.set_offline(True)
        proxy.half_open()
        market.tick(count=50)
        await market.publisher.flush()
        await screen.page.context.set_offline(False)
        await expect(facts).to_contain_text("56 ticks, none missing")
        await screen.shows("ES", "last", "56")


async def test_a_device_that_was_offline_gets_each_tick(api: RunningApi, market: Market, open_board: OpenBoard) -> None:
    market.tick(count=5)
    async with FaultProxy(api.url) as proxy:
        screen = await open_board(f"http://127.0.0.1:{proxy.port}/#/symbol/ES")
        facts = screen.page.locator(".facts")
        await expect(facts).to_contain_text("5 ticks, none missing")
        await screen.page.context.set_offline(True)
        proxy.cut()
        await expect(screen.condition).to_have_text("Server gone")
        market.tick(count=50)
        await screen.page.context.set_offline(False)
        await expect(facts).to_contain_text("55 ticks, none missing")


async def test_a_query_that_nobody_answers_is_sent_again(
    api: RunningApi, market: Market, open_board: OpenBoard
) -> None:
    market.tick(count=5)
    async with FaultProxy(api.url) as proxy:
        screen = await open_board(f"http://127.0.0.1:{proxy.port}/")
        await screen.shows("ES", "last", "5")
        proxy.hold(b"SymbolHistory", connections=1)
        await screen.row("ES").locator("a").click()
        await proxy.held.wait()
        await expect(screen.page.locator(".facts")).to_contain_text("5 ticks, none missing")


async def test_two_tabs_show_the_same_and_neither_needs_the_other(
    api: RunningApi, market: Market, open_board: OpenBoard
) -> None:
    market.tick(count=5)
    screen = await open_board(f"{api.url}/#/symbol/ES")
    facts = screen.page.locator(".facts")
    await expect(facts).to_contain_text("5 ticks, none missing")
    other = await screen.page.context.new_page()
    await other.goto(f"{api.url}/#/symbol/ES")
    # The first tab is in the background now.
    await other.bring_to_front()
    market.tick(count=50)
    await expect(other.locator(".facts")).to_contain_text("55 ticks, none missing")
    await other.close()
    market.tick()
    await screen.page.bring_to_front()
    await expect(facts).to_contain_text("56 ticks, none missing")
    await screen.shows("ES", "last", "56")


async def test_an_api_that_is_gone_before_the_page_connects_is_waited_for(
    run_api: RunApi, feed_settings: FeedSettings, market: Market, open_board: OpenBoard
) -> None:
    api = await run_api(feed_settings)
    market.tick(count=5)
    screen = await open_board("about:blank")

    async def stop_api(route: Route) -> None:
        script = await route.fetch()
        await api.stop()
        await route.fulfill(response=script)

    # The script of the page is the last that this server sends: it ends before the script runs.
    await screen.page.route("**/assets/index-*.js", stop_api)
    await screen.page.goto(f"{api.url}/#/")
    await expect(screen.condition).to_have_text("Server gone")
    await expect(screen.page.get_by_role("button", name="Try now")).to_be_visible()
    await run_api(feed_settings, port=port_of(api))
    await screen.shows("ES", "last", "5")
