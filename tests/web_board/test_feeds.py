"""The feed's view: what the producer sees, where a person finds a broken selector by looking."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.api.conftest import RunApi, RunningApi
from tests.support.site import Site
from tests.web_board.axe import violations
from tests.web_board.conftest import OpenBoard, Screen
from tickql.api.access.grant import Role
from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.access.token_file import TokenFile
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.producer.service import produce

PAGE = """<!doctype html><title>prices</title><style>body { margin: 40px; font-size: 30px; }</style>
<table><tr><td>ES<td class=ask>4512.25<td class=last>4512.00<tr><td>NQ<td class=ask>n/a<td class=last>9</table>"""
RULES = """[[table]]
rows = "tr"
symbol = "td:first-child"
ask = ".ask"
bid = ".bid"
last = ".last"
"""


@asynccontextmanager
async def producing(settings: FeedSettings, folder: Path) -> AsyncIterator[None]:
    """Watch a page of which one selector is broken."""
    async with Site() as site:
        feed_file = folder / "board.toml"
        feed_file.write_text(f'[page]\nurl = "{site.put("/", PAGE)}"\n{RULES}')
        running = asyncio.create_task(produce([feed_file], settings))
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def is_loaded(screen: Screen) -> None:
    """Wait until the picture is there, and decoded."""
    await expect(screen.page.locator(".feeds-frame img")).not_to_have_js_property("naturalWidth", 0)


@pytest.mark.long
async def test_a_broken_selector_is_found_by_looking(
    api: RunningApi, feed_settings: FeedSettings, tmp_path: Path, open_board: OpenBoard
) -> None:
    async with producing(feed_settings, tmp_path):
        screen = await open_board(f"{api.url}/#/feeds")
        page = screen.page
        await expect(page.locator(".feeds-head")).to_contain_text("missing", use_inner_text=True)
        await page.get_by_role("button", name="Take a new picture").click()
        faults = page.locator(".feeds-faults li")
        await expect(faults.filter(has_text='ES bid: ".bid" matches nothing in the row')).to_be_visible()
        await is_loaded(screen)
        # A box for each element that is read, and none for those that are not found.
        boxes = page.get_by_role("group", name="Prices in the picture").get_by_role("button")
        names = [await box.get_attribute("aria-label") for box in await boxes.all()]
        assert names[:2] == ["ES ask: read 4512.25", "ES last: read 4512.00"]
        assert len(names) == 4
        await boxes.nth(0).hover()
        card = page.locator(".feeds-card")
        await expect(card).to_contain_text("ES ask")
        await expect(card).to_contain_text(".ask")
        await boxes.nth(0).focus()
        await page.keyboard.press("ArrowRight")
        await expect(card).to_contain_text("ES last")
        await expect(page.get_by_role("region", name="Faults and recoveries")).to_contain_text("matches nothing")
        assert await violations(page) == []
    # The producer has stopped: its page is gone, and the last hour is still there.
    await expect(page.locator(".feeds-head")).to_contain_text("stopped", use_inner_text=True)
    await page.get_by_role("button", name="Take a new picture").click()
    await expect(page.locator(".feeds-problem")).to_contain_text("no producer of board answers")
    assert await violations(page) == []
    assert screen.faults == []
    assert screen.hosts == {urlsplit(api.url).netloc}


@pytest.mark.long
async def test_who_is_no_operator_is_told_so(
    run_api: RunApi, feed_settings: FeedSettings, tmp_path: Path, open_board: OpenBoard
) -> None:
    tokens = TokenFile(tmp_path / "tokens.json")
    reader, _ = tokens.issue("reader", SymbolPatterns.parse("*"), Role.READER, None)
    operator, _ = tokens.issue("operator", SymbolPatterns.parse("*"), Role.OPERATOR, None)
    api = await run_api(feed_settings, token_file=tokens.path)
    screen = await open_board(f"{api.url}/#/feeds")
    for token, heading in ((reader, "This view is for operators"), (operator, "No producer has reported")):
        await screen.page.evaluate("token => sessionStorage.setItem('tickql.token', token)", token)
        await screen.page.reload()
        await expect(screen.page.get_by_role("heading", level=1)).to_have_text(heading)
        assert await violations(screen.page) == []


@pytest.mark.long
async def test_a_phone_shows_the_picture_without_scrolling_sideways(
    api: RunningApi, feed_settings: FeedSettings, tmp_path: Path, open_board: OpenBoard
) -> None:
    async with producing(feed_settings, tmp_path):
        screen = await open_board(
            f"{api.url}/#/feeds/board", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
        )
        await expect(screen.page.locator(".feeds-head")).to_contain_text("missing", use_inner_text=True)
        await screen.page.get_by_role("button", name="Take a new picture").click()
        await is_loaded(screen)
        assert await screen.page.evaluate("document.documentElement.scrollWidth <= 360")
        assert await violations(screen.page) == []
        assert screen.faults == []


@pytest.mark.long
async def test_of_thousands_of_symbols_only_those_near_the_screen_are_in_the_document(
    api: RunningApi, feed_settings: FeedSettings, open_board: OpenBoard
) -> None:
    now_us = time.time_ns() // 1000
    symbols = {
        f"S{number:04}": SymbolReport(state=ProducerState.LIVE, since_us=now_us, last_tick_us=now_us)
        for number in range(4_999)
    }
    symbols["ZN"] = SymbolReport(state=ProducerState.MISSING, reason='"#zn" matches nothing', since_us=now_us)
    report = ProducerReport(
        source="market", state=ProducerState.LIVE, since_us=now_us, heard_us=now_us, symbols=symbols
    )
    async with Publisher(feed_settings, "market") as publisher:
        publisher.report(report)
        screen = await open_board(f"{api.url}/#/feeds/market")
        table = screen.page.get_by_role("region", name="5,000 symbols").locator("table")
        rows = table.locator("tbody tr[aria-rowindex]")
        # What needs a look comes first.
        await expect(rows.first).to_contain_text('"#zn" matches nothing')
        await expect(table).to_have_attribute("aria-rowcount", "5001")
        assert await rows.count() < 100
        await screen.page.locator(".feeds").evaluate("view => view.scrollTo(0, view.scrollHeight)")
        await expect(rows.last).to_contain_text("S4998")
        assert await rows.count() < 100
        assert await violations(screen.page) == []
        assert screen.faults == []
