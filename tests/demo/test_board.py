"""The board in a real browser: every quote is shown, in order, digit by digit, to an observer with 10 ms samples."""

import asyncio
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from playwright.async_api import Page, expect

from tests.support.quotes import SOURCES, recordings
from tests.support.waiting import DEADLINE_S
from tickql.demo.replay import replay
from tickql.demo.server import DemoServer
from tickql.demo.simulation import BoardQuote, simulate

pytestmark = pytest.mark.asyncio(loop_scope="session")

DASH = "–"  # noqa: RUF001 - what the board shows for no price


def _shown(quotes: Iterable[BoardQuote]) -> dict[str, list[list[str]]]:
    """What the board has to show of each symbol: dashes first, then each quote that differs from the one before."""
    shown: dict[str, list[list[str]]] = {}
    for quote in quotes:
        texts = [quote.ask or DASH, quote.bid or DASH, quote.last or DASH]
        of_symbol = shown.setdefault(quote.symbol, [[DASH] * 3])
        if texts != of_symbol[-1]:
            of_symbol.append(texts)
    return shown


async def _seen(page: Page, url: str, quotes: int) -> dict[str, list[list[str]]]:
    """Open the board and sample it each 10 ms until `quotes` quotes were seen."""
    await page.add_init_script(path=Path(__file__).parent / "sampler.js")
    async with asyncio.timeout(DEADLINE_S):
        await page.goto(url)
        seen: dict[str, list[list[str]]] = await page.evaluate("quotes => seenAfter(quotes)", quotes)
    return seen


def _recording(path: Path, symbol: str, rows: int) -> Path:
    """A CSV with bursts, repeats, empty prices and all kinds of digits."""
    random = Random(symbol)
    lines, at_ms = ["timestamp,symbol,ASK,BID,LAST"], 0
    for _ in range(rows):
        at_ms += random.choice([0, 0, 1, 3, 10, 40])
        prices = [
            f"{random.randrange(10**6)}.{random.randrange(10**6):06}"[: random.randrange(8, 14)] for _ in range(2)
        ]
        last = random.choice(["", "-1.10", "0.00", "12", prices[0]])
        row = f"2025-02-19 08:02:{at_ms // 1000:02}.{at_ms % 1000:03},{symbol},{','.join(prices)},{last}"
        lines += [row] * random.choice([1, 1, 1, 2])
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.long
async def test_every_row_of_a_recording_is_shown_in_order_digit_by_digit(page: Page, tmp_path: Path) -> None:
    files = [_recording(tmp_path / "a.csv", "EUR/USD", 200), _recording(tmp_path / "b.csv", "OTHER", 200)]
    expected = _shown(replay(files, speed=5))
    async with DemoServer(replay(files, speed=5), notice="REPLAYED DATA") as server:
        seen = await _seen(page, server.url, sum(len(texts) - 1 for texts in expected.values()))
        await expect(page.get_by_text("end of the recording")).to_be_visible(timeout=DEADLINE_S * 1000)
    assert {symbol: texts for symbol, texts in seen.items() if len(texts) > 1} == expected


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.long
async def test_recorded_market_quotes_are_shown_in_order_digit_by_digit(
    source: str, page: Page, tmp_path: Path
) -> None:
    quotes = [quote for path in recordings(source, tmp_path, 400) for quote in replay([path], rate_hz=100)]
    quotes.sort(key=lambda quote: quote.at_us)
    expected = _shown(quotes)
    async with DemoServer(quotes) as server:
        seen = await _seen(page, server.url, sum(len(texts) - 1 for texts in expected.values()))
    assert {symbol: texts for symbol, texts in seen.items() if len(texts) > 1} == expected


@pytest.mark.parametrize("rate_hz", [pytest.param(20, marks=pytest.mark.long), 100])
async def test_every_simulated_quote_is_shown_in_order(page: Page, rate_hz: float) -> None:
    async with DemoServer(simulate(7, rate_hz)) as server:
        seen = await _seen(page, server.url, 1000)
    assert len(seen) == 12
    expected = _shown(islice(simulate(7, rate_hz), 5000))
    for symbol, texts in seen.items():
        assert len(texts) > 20
        assert texts == expected[symbol][: len(texts)]


async def test_the_board_says_that_it_is_simulated(page: Page) -> None:
    async with DemoServer(simulate(1, 20)) as server:
        await page.goto(server.url)
        await expect(page.get_by_text("SIMULATED DATA")).to_be_visible()
        await expect(page.get_by_text("not live prices")).to_be_visible()
        assert "demo" in await page.title()


async def test_the_page_obeys_its_content_security_policy_and_requests_nothing_from_outside(page: Page) -> None:
    messages: list[str] = []
    requested: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: requested.append(request.url))
    async with DemoServer(simulate(1, 50)) as server:
        await _seen(page, server.url, 100)
        assert messages == []
        assert sorted(requested) == [server.url, f"{server.url}board.css", f"{server.url}board.js"]


async def test_a_narrow_screen_shows_every_price_whole(page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 800})
    async with DemoServer(simulate(1, 50)) as server:
        await _seen(page, server.url, 100)
        cut = await page.evaluate(
            "[...document.querySelectorAll('td.price > span')]"
            ".filter(span => span.scrollWidth > span.clientWidth).map(span => span.textContent)"
        )
        too_wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert (cut, too_wide) == ([], False)


async def test_a_board_reconnects_to_a_restarted_server(page: Page) -> None:
    async with DemoServer(simulate(1, 50)) as server:
        await _seen(page, server.url, 50)
        port = int(server.url.rsplit(":", 1)[1].strip("/"))
    await expect(page.get_by_text("not connected")).to_be_visible(timeout=DEADLINE_S * 1000)
    async with DemoServer([BoardQuote(0, "ES", "9,999.25", "9,999.00", "")], port=port):
        await expect(page.locator("[data-symbol=ES] .ask")).to_have_text("9,999.25", timeout=DEADLINE_S * 1000)
        await expect(page.locator("[data-symbol=ES] .last")).to_have_text(DASH)
