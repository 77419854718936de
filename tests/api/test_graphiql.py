"""GraphiQL in a real browser: its opening tabs, and that it loads nothing from other hosts."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Request, async_playwright, expect

from tests.api.conftest import RunApi, RunningApi
from tests.support.market import Market, fill
from tests.support.prefix_proxy import prefix_proxy
from tests.support.waiting import DEADLINE_S
from tickql.api.access.grant import Role
from tickql.api.access.symbol_patterns import EVERY_SYMBOL
from tickql.api.access.token_file import TokenFile
from tickql.api.graphiql.page import GRAPHIQL
from tickql.feed.settings import FeedSettings
from tickql.producer.browser.browser_program import find_browser
from tickql.producer.browser.switches import SWITCHES

WAIT_MS = DEADLINE_S * 1000

_ANSWERS = {"LastPrices": '"lastPrices"', "Board": '"board"', "History": '"edges"', "Status": '"feedStatus"'}

_LOG_POLICY_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
    console.error("policy", event.violatedDirective, event.blockedURI));
"""


class Screen:
    """The GraphiQL page in a browser, with the errors that the browser reports."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.hosts: set[str] = set()
        self.result = page.locator(".result-window")
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        page.on("request", self._note_host)

    def _note_host(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme != "data":
            self.hosts.add(address.netloc)

    async def open(self, address: str) -> None:
        await self.page.add_init_script(_LOG_POLICY_VIOLATIONS)
        await self.page.goto(address)
        await expect(self.page.locator(".graphiql-query-editor .view-line").first).to_be_visible()

    async def choose(self, tab: str) -> None:
        await self.page.get_by_role("tab", name=tab).click()
        await expect(self.page.locator(".graphiql-query-editor")).to_contain_text(tab)

    async def press_play(self) -> None:
        await self.page.locator(".graphiql-execute-button").click()

    async def shows_the_schema(self) -> None:
        await self.page.get_by_label("Show Documentation Explorer").click()
        await expect(self.page.locator(".graphiql-plugin")).to_contain_text("FeedStatus")

    async def stop(self) -> None:
        """End a subscription, if one is running."""
        button = self.page.get_by_label("Stop query")
        if await button.is_visible():
            await button.click()
            await expect(button).to_be_hidden()

    async def opening_text(self) -> str:
        return (await self.page.locator(".graphiql-query-editor .view-lines").inner_text()).replace("\xa0", " ")


@asynccontextmanager
async def looking_at(address: str) -> AsyncIterator[Screen]:
    GRAPHIQL.read()
    async with async_playwright() as driver:
        program = find_browser(Path(driver.chromium.executable_path))
        browser = await driver.chromium.launch(executable_path=program, args=list(SWITCHES), chromium_sandbox=False)
        screen = Screen(await browser.new_page())
        await screen.open(address)
        yield screen
        await browser.close()


async def test_the_first_tab_shows_each_new_tick(api: RunningApi, market: Market) -> None:
    market.tick()
    async with looking_at(f"{api.url}/graphql") as screen:
        await screen.press_play()
        await expect(screen.result).to_contain_text(re.compile(r'"last":\s"1"'))
        market.tick(count=500)
        await expect(screen.result).to_contain_text(re.compile(r'"last":\s"501"'))
        assert screen.faults == []


@pytest.mark.long
async def test_every_other_tab_shows_a_result_for_a_symbol_of_the_feed(
    api: RunningApi, feed_settings: FeedSettings
) -> None:
    await fill(feed_settings, 1, 2, 3, symbol="CL")
    async with looking_at(f"{api.url}/graphql") as screen:
        assert 'ticks(symbol: "CL")' in await screen.opening_text()
        for tab, answer in _ANSWERS.items():
            await screen.choose(tab)
            await screen.press_play()
            await expect(screen.result).to_contain_text(answer)
            await expect(screen.result).not_to_contain_text('"errors"')
            await screen.stop()
        assert screen.faults == []


async def test_the_page_has_the_schema_uses_no_other_host_and_reports_a_lost_server(api: RunningApi) -> None:
    async with looking_at(f"{api.url}/graphql") as screen:
        assert 'ticks(symbol: "ES")' in await screen.opening_text()
        await screen.shows_the_schema()
        assert screen.hosts == {urlsplit(api.url).netloc}
        assert screen.faults == []
        await screen.choose("LastPrices")
        await api.stop()
        await screen.press_play()
        await expect(screen.result).to_contain_text("Failed to fetch")


@pytest.mark.long
async def test_the_explorer_adds_a_field_to_the_operation(api: RunningApi) -> None:
    async with looking_at(f"{api.url}/graphql") as screen:
        await screen.page.get_by_label("Show GraphiQL Explorer").click()
        explorer = screen.page.locator(".graphiql-explorer-root")
        await explorer.get_by_text("publishedAt", exact=True).first.click()
        await expect(screen.page.locator(".graphiql-query-editor")).to_contain_text("publishedAt")
        assert screen.faults == []


@pytest.mark.long
async def test_it_works_behind_a_proxy_that_adds_a_path_prefix(api: RunningApi, market: Market) -> None:
    market.tick()
    async with prefix_proxy(api.url, "/prices/") as address, looking_at(f"{address}graphql") as screen:
        await screen.shows_the_schema()
        await screen.press_play()
        await expect(screen.result).to_contain_text(re.compile(r'"last":\s"1"'))
        await screen.stop()
        await screen.choose("LastPrices")
        await screen.press_play()
        await expect(screen.result).to_contain_text('"lastPrices"')
        assert screen.faults == []


@pytest.mark.long
async def test_a_token_is_entered_in_a_field_and_not_kept_on_disk(
    run_api: RunApi, feed_settings: FeedSettings, market: Market, tmp_path: Path
) -> None:
    file = TokenFile(tmp_path / "tokens.json")
    token, _ = file.issue("person", EVERY_SYMBOL, Role.READER, None)
    api = await run_api(feed_settings, token_file=file.path)
    market.tick()
    async with looking_at(f"{api.url}/graphql") as screen:
        await screen.press_play()
        await expect(screen.result).to_contain_text("this server needs a token: enter one in the field Token above")
        await screen.page.get_by_label("Token").fill(token)
        await screen.page.get_by_label("Token").press("Enter")
        await screen.shows_the_schema()
        await screen.press_play()
        await expect(screen.result).to_contain_text(re.compile(r'"last":\s"1"'))
        await screen.page.reload()
        await expect(screen.page.get_by_label("Token")).to_have_value(token)
        assert token not in await screen.page.evaluate("JSON.stringify(localStorage)")
