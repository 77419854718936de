"""The board in a real browser, served by a real API."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Locator, Page, Request, WebSocket, async_playwright, expect

from tests.api.conftest import api, market, run_api
from tests.support.waiting import DEADLINE_S
from tickql.api.web_board.page import BOARD
from tickql.producer.browser.launch import launch_browser
from tickql.producer.feedfile.page_settings import PageSettings

__all__ = ["api", "market", "run_api"]

_LOG_POLICY_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
    console.error("policy", event.violatedDirective, event.blockedURI));
"""

NO_WEBSOCKETS = """
window.WebSocket = class extends WebSocket {
    constructor() { super(`ws://${location.host}/nothing`); }
};
"""
"""A script for the page: something on the way blocks WebSockets."""


class Screen:
    """The board in a browser page, with the errors, hosts and WebSockets that the browser reports."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.hosts: set[str] = set()
        self.websockets: list[str] = []
        page.set_default_timeout(DEADLINE_S * 1000)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        page.on("request", self._note_host)
        page.on("websocket", self._note_websocket)

    def _note_host(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob"):
            self.hosts.add(address.netloc)

    def _note_websocket(self, socket: WebSocket) -> None:
        self.websockets.append(socket.url)
        self.hosts.add(urlsplit(socket.url).netloc)

    @property
    def condition(self) -> Locator:
        """The name of the state that the page shows."""
        return self.page.get_by_role("status")

    @property
    def rows(self) -> Locator:
        """The rows that are on the screen, in the order of the document."""
        return self.page.locator(".rows .row")

    def row(self, symbol: str) -> Locator:
        return self.page.locator(f'.row[data-symbol="{symbol}"]')

    def price(self, symbol: str, name: str) -> Locator:
        """The digits of a price, on the board or on the symbol's page."""
        return self.page.locator(f'[data-symbol="{symbol}"] [data-cell="{name}"] .digits')

    async def shows(self, symbol: str, name: str, price: str) -> None:
        """Wait until a price has exactly these digits."""
        await expect(self.price(symbol, name)).to_have_text(price)

    async def shown_symbols(self) -> list[str]:
        """Return the symbols on the screen from top to bottom."""
        shown: list[str] = await self.page.evaluate(
            """() => [...document.querySelectorAll(".rows .row")]
                .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
                .map((row) => row.dataset.symbol)"""
        )
        return shown


OpenBoard = Callable[..., Awaitable[Screen]]


@pytest.fixture
async def open_board() -> AsyncIterator[OpenBoard]:
    """Open the board at an address, in a browser context of its own with these options."""
    BOARD.read()
    # A browser of its own: the shared one belongs to another event loop than the server of the test.
    async with async_playwright() as driver, AsyncExitStack() as contexts:
        browser = await launch_browser(driver, PageSettings(url="http://localhost/"))
        contexts.push_async_callback(browser.close)

        async def open_one(address: str, script: str = "", **options: Any) -> Screen:
            context = await browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
            contexts.push_async_callback(context.close)
            screen = Screen(await context.new_page())
            await screen.page.add_init_script(_LOG_POLICY_VIOLATIONS + script)
            await screen.page.goto(address)
            return screen

        yield open_one
