"""The board where clients need tokens: asked for, replaced, and handed over before they end."""

from pathlib import Path

import httpx
import pytest
from playwright.async_api import WebSocket, expect

from tests.api.conftest import RunApi, RunningApi
from tests.support.market import Market
from tests.support.waiting import Changes, until
from tests.web_board.axe import violations
from tests.web_board.conftest import NO_WEBSOCKETS, OpenBoard, Screen
from tickql.api.access.grant import Role
from tickql.api.access.symbol_patterns import EVERY_SYMBOL
from tickql.api.access.token_file import TokenFile
from tickql.feed.settings import FeedSettings

pytestmark = pytest.mark.long


class Tokens:
    """The tokens of a server, by name."""

    def __init__(self, file: TokenFile, api: RunningApi) -> None:
        self._file = file
        self._api = api

    async def issue(self, name: str) -> str:
        """Return a new token that the server accepts."""
        token, _ = self._file.issue(name, EVERY_SYMBOL, Role.READER, None)
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}) as client:
            # The server reads the file again and again.
            await until(lambda: self._is_accepted(client))
        return token

    async def _is_accepted(self, client: httpx.AsyncClient) -> bool:
        return (await client.post(f"{self._api.url}/graphql", json={"query": "{ __typename }"})).is_success

    def revoke(self, name: str) -> None:
        self._file.revoke(name)


@pytest.fixture
def token_file(tmp_path: Path) -> TokenFile:
    file = TokenFile(tmp_path / "tokens.json")
    file.issue("somebody", EVERY_SYMBOL, Role.READER, None)
    return file


@pytest.fixture
async def api(run_api: RunApi, feed_settings: FeedSettings, token_file: TokenFile) -> RunningApi:
    """A server that needs tokens."""
    return await run_api(feed_settings, token_file=token_file.path)


@pytest.fixture
def tokens(token_file: TokenFile, api: RunningApi) -> Tokens:
    return Tokens(token_file, api)


async def enter(screen: Screen, token: str) -> None:
    """Type a token into the page."""
    field = screen.page.get_by_label("This server needs a token")
    await field.fill(token)
    await field.press("Enter")


@pytest.mark.parametrize("script", [pytest.param("", id="websocket"), pytest.param(NO_WEBSOCKETS, id="sse")])
async def test_after_a_token_is_taken_back_another_one_continues_without_a_hole(
    api: RunningApi, market: Market, tokens: Tokens, open_board: OpenBoard, script: str
) -> None:
    market.tick(count=5)
    screen = await open_board(f"{api.url}/#/symbol/ES", script)
    facts = screen.page.locator(".facts")
    await expect(screen.condition).to_have_text("Token needed")
    await enter(screen, await tokens.issue("first"))
    await expect(facts).to_contain_text("5 ticks, none missing")
    market.tick()
    await expect(facts).to_contain_text("6 ticks, none missing")
    tokens.revoke("first")
    await expect(screen.condition).to_have_text("Token needed")
    market.tick(count=50)
    await enter(screen, await tokens.issue("second"))
    await expect(facts).to_contain_text("56 ticks, none missing")
    await screen.shows("ES", "last", "56")


async def test_a_token_is_asked_for_until_one_is_right(
    api: RunningApi, market: Market, tokens: Tokens, open_board: OpenBoard
) -> None:
    market.tick(count=2)
    screen = await open_board(f"{api.url}/")
    field = screen.page.get_by_label("This server needs a token")
    await expect(screen.condition).to_have_text("Token needed")
    assert await violations(screen.page) == []
    await enter(screen, "wrong")
    await expect(screen.page.get_by_role("region", name="Token")).to_contain_text("It stays in this tab")
    await expect(field).to_be_visible()
    await enter(screen, await tokens.issue("person"))
    await screen.shows("ES", "last", "2")
    await expect(field).to_be_hidden()


async def test_a_new_token_is_handed_over_on_the_open_connection(
    api: RunningApi, market: Market, tokens: Tokens, open_board: OpenBoard
) -> None:
    first = await tokens.issue("first")
    market.tick(count=5)
    sockets: list[WebSocket] = []
    sent: list[str] = []
    changes = Changes()

    def note(frame: str | bytes) -> None:
        sent.append(str(frame))
        changes.notify()

    def watch(socket: WebSocket) -> None:
        sockets.append(socket)
        socket.on("framesent", note)

    screen = await open_board("about:blank")
    screen.page.on("websocket", watch)
    await screen.page.goto(f"{api.url}/#/symbol/ES")
    await enter(screen, first)
    facts = screen.page.locator(".facts")
    await expect(facts).to_contain_text("5 ticks, none missing")
    # What else has the first token shows when the server has ended its connections.
    other = await open_board(f"{api.url}/")
    await enter(other, first)
    await other.shows("ES", "last", "5")
    opened = len(sockets)
    second = await tokens.issue("second")
    await screen.page.evaluate("token => sessionStorage.setItem('tickql.token', token)", second)
    await changes.until(lambda: any('"ping"' in frame and second in frame for frame in sent))
    tokens.revoke("first")
    await expect(other.condition).to_have_text("Token needed")
    market.tick(count=50)
    await expect(facts).to_contain_text("55 ticks, none missing")
    assert len(sockets) == opened
