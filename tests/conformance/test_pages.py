"""Every way in which pages show prices: each page records what it shows, and all of that must be published."""

import asyncio
from contextlib import suppress

import pytest

from tests.conformance.conftest import STEPS, Play, Played
from tests.conformance.pages.server import BUILT, PAGES
from tests.conformance.pages.truth import false_prices, missed_prices
from tests.support.waiting import DEADLINE_S
from tickql.feed.status import ProducerState

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

NAMES = sorted(feed.parent.name for feed in PAGES.glob("*/feed.toml"))
COMPONENTS = {main.parent.name for main in PAGES.glob("*/main.*")}
LATE = {"closed-shadow", "cross-site"}  # their roots and frames are found a moment after they appear
SILENT = {"inputs"}  # no mutation announces a change: polling may miss some
HUNG = "the page was taken for hung"
BATCH = 5  # pages at the same time


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(names, id="+".join(names), marks=[pytest.mark.brief] if "sorted" in names else [])
        for names in (NAMES[i : i + BATCH] for i in range(0, len(NAMES), BATCH))
    ],
)
async def test_every_price_that_a_page_shows_is_published_in_order_and_no_other(play: Play, names: list[str]) -> None:
    if not BUILT.is_dir():
        names = [name for name in names if name not in COMPONENTS]
    faults = dict(zip(names, await asyncio.gather(*(_fault(play, name) for name in names)), strict=True))
    for name in [name for name, fault in faults.items() if fault == HUNG]:
        faults[name] = await _fault(play, name)  # a busy machine may need the page to run alone
    assert {name: fault for name, fault in faults.items() if fault} == {}


async def _fault(play: Play, name: str) -> str:
    played = await play(name, steps=4 * STEPS if name in LATE else STEPS)
    shown = await played.shown()
    if not shown:
        return "shows nothing"

    def missed() -> list[str]:
        missed = missed_prices(shown, played.quotes, late=name in LATE)
        newest = {prices[-1] for fields in shown.values() for prices in fields.values()}
        return [each for each in missed if name not in SILENT or each.split()[2] in newest]

    with suppress(AssertionError):
        await played.until(lambda: not missed(), deadline_s=DEADLINE_S)
    false = list(false_prices(shown, played.quotes))
    if false:
        return f"{len(false)} false: {false[:3]}"
    if missed():
        return HUNG if played.task.done() else f"{len(missed())} missed: {missed()[:3]}"
    return ""


async def test_a_page_in_the_background_loses_no_price(play: Play) -> None:
    board = await play("sorted", steps=60)
    other = await board.page.context.new_page()
    await other.bring_to_front()
    await _is_complete(board)


async def test_a_hung_frame_of_another_site_is_not_live(play: Play) -> None:
    board = await play("cross-site", steps=10_000)
    await board.until_state(ProducerState.LIVE)
    frame = next(frame for frame in board.page.frames if "//localhost" in frame.url)
    # Again and again, so that a producer that stands still meanwhile sees it, too.
    await frame.evaluate(
        """let busy = true;
        const work = () => {
            for (const end = Date.now() + 5500; Date.now() < end;);
            if (busy) setTimeout(work, 100);
        };
        setTimeout(work); null"""
    )
    await board.until_state(ProducerState.STALE, "ES", "the frame that shows it does not answer")
    assert board.reports[-1].symbols["CL"].state is ProducerState.LIVE
    # The frame recovers without a reload.
    await frame.evaluate("busy = false")
    await board.until_state(ProducerState.LIVE, "ES")


async def test_a_frame_that_navigates_to_another_site_and_back_stays_observed(play: Play) -> None:
    board = await play("frames", steps=10_000)
    await board.until_state(ProducerState.LIVE)
    port = board.page.url.split(":")[2].split("/")[0]
    for host in ("localhost", "127.0.0.1", "quotes.localhost"):
        await board.page.evaluate("(src) => { first.src = src }", f"//{host}:{port}/frames/quotes.html?slice=[0,3]")
        await _gets_more_prices(board, "ES")
        await board.until_state(ProducerState.LIVE)


async def _gets_more_prices(board: Played, symbol: str) -> None:
    before = len(board.prices(symbol))
    await board.until(lambda: len(board.prices(symbol)) > before + 5)


async def _is_complete(board: Played) -> None:
    shown = await board.shown()
    await board.until(lambda: not list(missed_prices(shown, board.quotes)))
    assert list(false_prices(shown, board.quotes)) == []
