"""The example that uses the browser's own EventSource, in a real browser."""

import asyncio
import json
import signal
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.async_api import Browser, expect

from tests.conformance.suites.served_feed import ServedFeed
from tests.support.market import open_market
from tests.support.site import Site
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings

pytestmark = pytest.mark.asyncio(loop_scope="session")

EXAMPLE = Path(__file__).parents[2] / "clients" / "node" / "examples" / "event-source.html"
_TICKS = 20


@pytest.mark.long
async def test_it_shows_every_tick_once_over_a_restart_of_the_server(
    browser: Browser, feed_settings: FeedSettings, tmp_path: Path
) -> None:
    async with Site() as site, open_market(feed_settings) as market:
        site.put("/", EXAMPLE.read_text())
        origin = f"http://127.0.0.1:{site.port}"
        environment = {
            "TICKQL_REDIS_URL": feed_settings.redis_url,
            "TICKQL_NAMESPACE": feed_settings.namespace,
            "TICKQL_ALLOWED_ORIGINS": origin,
        }
        feed = ServedFeed(free_port(), environment, tmp_path)
        page = await browser.new_page()
        try:
            await asyncio.to_thread(feed.start)
            market.tick()
            await page.goto(f"{origin}/?{urlencode({'api': f'{feed.url}/graphql', 'symbol': 'ES'})}")
            ticks = page.locator("#ticks")
            await expect(ticks).to_contain_text('"last":"1"')
            await asyncio.to_thread(feed.stop, signal.SIGKILL)
            market.tick(count=_TICKS)
            await asyncio.to_thread(feed.start)
            await expect(ticks).to_contain_text(f'"last":"{1 + _TICKS}"')
            shown = [json.loads(line) for line in (await ticks.inner_text()).splitlines()]
        finally:
            await page.close()
            await asyncio.to_thread(feed.stop)
    assert [tick["last"] for tick in reversed(shown)] == [str(number) for number in range(1, 2 + _TICKS)]
    assert {tick["gap"] for tick in shown} == {None}
