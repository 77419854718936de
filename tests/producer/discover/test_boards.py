"""Small boards on which discovery was wrong once: the rules inferred from each, and the prices that they stream."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.producer.discover.boards import BOARDS, BoardSite
from tests.producer.discover.working import false_prices
from tests.support.waiting import DEADLINE_S
from tickql.producer.browser.launch import open_context
from tickql.producer.discover.errors import DiscoverError
from tickql.producer.discover.inference.diagnosis import diagnose
from tickql.producer.discover.inference.page_prices import find_prices
from tickql.producer.discover.page.collector import Collector
from tickql.producer.discover.page.outline import Outline
from tickql.producer.discover.session import discover_in
from tickql.producer.discover.visit import DiscoveryRequest
from tickql.producer.discover.writing.feed_file_text import feed_file
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_settings import PageSettings

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

_CHANGES, _SECONDS = 40, 1.5
"""How often a board changes, and how long it is watched, until its outline is judged: an animation is known by then."""


def _is_enough(name: str, found: Outline) -> bool:
    if name.startswith("count-up"):
        return any(spot.is_animated for spot in found.spots)
    return (found.changes >= _CHANGES and found.seconds >= _SECONDS) or bool(found.long_texts)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def outlines(browser: Browser) -> AsyncIterator[dict[str, Outline]]:
    """The outlines of all boards, which the real collector takes while their prices change."""
    async with BoardSite() as site:
        context = await open_context(browser, PageSettings(url=site.address))

        slots = asyncio.Semaphore(6)

        async def outline(name: str) -> Outline:
            async with slots, asyncio.timeout(DEADLINE_S):
                page = await context.new_page()
                collector = await Collector.open(page)
                await page.goto(site.url(f"/{name}"))
                while True:
                    for _, found in await collector.outlines():
                        if _is_enough(name, found):
                            await page.close()
                            return found
                    await asyncio.sleep(0.1)  # the collector is asked: nothing in a page announces an outline

        found = await asyncio.gather(*map(outline, BOARDS))
        yield dict(zip(BOARDS, found, strict=True))
        await context.close()


@pytest.mark.parametrize("name", BOARDS)
async def test_the_prices_are_found_and_nothing_else_or_a_line_says_why_not(
    outlines: dict[str, Outline], name: str
) -> None:
    board, outline = BOARDS[name], outlines[name]
    findings = find_prices(outline, board.format)
    text = feed_file(findings)
    assert {(symbol, each.name) for _, symbol, each, _ in findings.rows()} == board.wanted, text
    notes = [*findings.notes, *(note for rule in findings.rules for note in rule.notes)]
    notes += [choice.line for choice in findings.choices]
    lines = notes if board.prices else [*notes, diagnose([outline], outline.url)]
    assert board.told in " | ".join(lines)
    assert [each for each in board.has if each not in text] == [], text
    assert [each for each in board.has_not if each in text] == [], text
    if findings.usable:
        FeedFile.parse(text)


@pytest.mark.discover
async def test_the_feed_file_of_each_board_streams_no_wrong_price(browser: Browser) -> None:
    slots = asyncio.Semaphore(3)

    async def judged(site: BoardSite, name: str) -> str:
        board, page = BOARDS[name], PageSettings(url=site.url(f"/{name}"))
        async with slots:
            try:
                found = await discover_in(
                    browser, DiscoveryRequest(page, Path("feed.toml"), 4.0, board.format), lambda *_: None
                )
            except DiscoverError as error:
                return "" if not board.prices and board.told in str(error) else f"refused: {error}"
            if not board.prices:
                is_left = not found.findings.usable and board.told in found.text
                return "" if is_left else f"not refused: {found.text}"
            return "; ".join(await false_prices(browser, FeedFile.parse(found.text), board.wanted, board.price))

    async with BoardSite() as site:
        faults = dict(zip(BOARDS, await asyncio.gather(*(judged(site, name) for name in BOARDS)), strict=True))
        for name in [name for name, fault in faults.items() if fault]:
            faults[name] = await judged(site, name)  # a busy machine may need the page to run alone
    assert {name: fault for name, fault in faults.items() if fault} == {}
