"""Pages that do not show what the feed file describes, and the status of each."""

import asyncio
import dataclasses
from functools import partial

import pytest
import pytest_asyncio

from tests.support.site import Site
from tests.support.waiting import DEADLINE_S
from tests.support.watching import FAST, Watching
from tickql.feed.status import ProducerState
from tickql.producer.errors import ProducerError

pytestmark = pytest.mark.asyncio(loop_scope="session")

ES = """
[[symbol]]
name = "ES"
ask = "#ask"
bid = "#bid"
last = "#last"
"""


@pytest_asyncio.fixture(loop_scope="session")
async def watch(watch: Watching) -> Watching:
    """As everywhere, with a short grace period."""
    return partial(watch, timings=FAST)


def body(ask: str = "2", bid: str = "1", last: str = "1.5") -> str:
    return f"<b id=ask>{ask}</b><b id=bid>{bid}</b><b id=last>{last}</b>"


async def test_a_page_with_everything_in_place_is_live(watch: Watching) -> None:
    es = await watch(body(), ES)
    await es.until_state(ProducerState.LIVE)
    await es.until_state(ProducerState.LIVE, "ES")


async def test_a_selector_that_matches_nothing_is_named_and_the_other_fields_are_published(watch: Watching) -> None:
    es = await watch(body(), ES.replace("#bid", "#nosuch"))
    await es.until_prices("2", None, "1.5")
    assert await es.until_state(ProducerState.MISSING, "ES", "bid: ") == 'bid: "#nosuch" matches nothing'
    assert await es.until_state(ProducerState.MISSING) == 'ES: bid: "#nosuch" matches nothing'
    await es.run("ask.textContent = '3'")
    await es.until_prices("3", None, "1.5")


@pytest.mark.long
async def test_a_selector_that_matches_too_much_is_named_with_its_count(watch: Watching) -> None:
    es = await watch(body() + "<i class=x>1</i><i class=x>2</i><i class=x>3</i>", ES.replace("#bid", ".x"))
    await es.until_prices("2", None, "1.5")
    reason = await es.until_state(ProducerState.MISSING, "ES", "bid: ")
    assert reason == 'bid: ".x" matches 3 elements, it should match one'


@pytest.mark.long
async def test_an_attribute_that_is_not_there_is_named(watch: Watching) -> None:
    es = await watch(body(), ES.replace('"#bid"', '{ selector = "#bid", read = "attr:data-x" }'))
    reason = await es.until_state(ProducerState.MISSING, "ES", "bid: ")
    assert reason == 'bid: "#bid" matches an element that has no attr:data-x'


@pytest.mark.long
async def test_a_table_without_rows_is_reported(watch: Watching) -> None:
    rules = '[[table]]\nrows = "tr.quote"\nsymbol = "td"\nlast = "b"'
    board = await watch("<p>nothing here</p>", rules)
    reason = await board.until_state(ProducerState.MISSING)
    assert reason == f"""[[table]] #1: rows "tr.quote" matches nothing (on 'board' at {board.page.url})"""


async def test_an_element_that_disappears_causes_no_tick_and_is_reported_at_once(watch: Watching) -> None:
    es = await watch(body(), ES)
    await es.until_state(ProducerState.LIVE)
    await es.run("bid.remove()")
    assert "bid" in await es.until_state(ProducerState.MISSING, "ES")
    assert len(es.quotes) == 1
    await es.run("document.body.insertAdjacentHTML('beforeend', '<b id=bid>1</b>')")
    await es.until_state(ProducerState.LIVE, "ES")
    assert len(es.quotes) == 1


async def test_a_text_that_is_no_price_is_reported_and_never_published(watch: Watching) -> None:
    es = await watch(body(), ES)
    await es.until_state(ProducerState.LIVE)
    await es.run("last.textContent = '3.00.153'")
    reason = await es.until_state(ProducerState.MISSING, "ES")
    assert reason.startswith("last: \"#last\" shows '3.00.153': ")
    assert len(es.quotes) == 1
    await es.run("ask.textContent = '3'")
    await es.until_prices("3", "1", None)
    await es.run("last.textContent = '1.5'")
    await es.until_prices("3", "1", "1.5")
    await es.until_state(ProducerState.LIVE, "ES")


@pytest.mark.long
async def test_a_text_that_is_no_price_for_a_moment_is_reported_too(watch: Watching) -> None:
    es = await watch(body(), ES)
    await es.until_state(ProducerState.LIVE)
    await es.run("last.textContent = 'error'; setTimeout(() => { last.textContent = '1.6' }, 50)")
    await es.until_last("1.6")
    assert "shows 'error'" in await es.until_state(ProducerState.DEGRADED, "ES")
    await es.until_state(ProducerState.LIVE, "ES")
    assert es.lasts() == ["1.5", "1.6"]


async def test_a_placeholder_is_a_price_that_the_page_does_not_show(watch: Watching) -> None:
    es = await watch(body(bid="--"), ES)
    await es.until_prices("2", None, "1.5")
    await es.run("bid.textContent = '1'")
    await es.until_prices("2", "1", "1.5")
    await es.run("bid.textContent = '—'")
    await es.until_prices("2", None, "1.5")
    await es.until_state(ProducerState.LIVE)


async def test_a_price_out_of_bounds_is_held_back_where_the_feed_file_says_so(watch: Watching) -> None:
    rules = ES.replace('"#last"', '{ selector = "#last", max = 10, hold = true }')
    es = await watch(body(), rules)
    await es.until_count(1)
    await es.run("last.textContent = '1000'")
    assert "1000 is above max 10 (held back)" in await es.until_state(ProducerState.MISSING, "ES")
    await es.run("last.textContent = '2'")
    await es.until_last("2")
    assert es.lasts() == ["1.5", "2"]


@pytest.mark.long
async def test_a_price_out_of_bounds_is_only_reported_otherwise(watch: Watching) -> None:
    es = await watch(body(), ES.replace('"#last"', '{ selector = "#last", max = 10 }'))
    await es.until_count(1)
    await es.run("last.textContent = '1000'")
    await es.until_last("1000")
    assert "1000 is above max 10" in await es.until_state(ProducerState.DEGRADED, "ES")


@pytest.mark.long
async def test_a_page_that_was_only_busy_is_live_again(watch: Watching) -> None:
    es = await watch(body(), ES)
    await es.until_state(ProducerState.LIVE)
    # Again and again, so that a producer that stands still meanwhile sees it, too.
    await es.run(
        """let busy = true;
        const work = () => {
            for (const end = Date.now() + 3000; Date.now() < end;);
            if (busy) setTimeout(work, 100);
        };
        setTimeout(work); null"""
    )
    assert "no message from the page" in await es.until_state(ProducerState.STALE)
    await es.run("busy = false; ask.textContent = '9'")
    await es.until_prices("9", "1", "1.5")
    await es.until_state(ProducerState.LIVE)


@pytest.mark.long
async def test_a_frame_that_hangs_is_named_and_the_rest_of_the_page_is_published(watch: Watching, site: Site) -> None:
    site.put("/frame", "<!doctype html><b id=other>1</b><script>onmessage = () => { for (;;); }</script>")
    frame = site.url("/frame", host="localhost")
    es = await watch(f'{body()}<iframe src="{frame}?key=1"></iframe>', f'{ES}[[symbol]]\nname = "NQ"\nlast = "#other"')
    await es.until_state(ProducerState.LIVE)
    await es.run("frames[0].postMessage(1, '*')")
    assert await es.until_state(ProducerState.MISSING) == f"a frame of the page does not answer: {frame}"
    assert await es.until_state(ProducerState.STALE, "NQ") == f"the frame that shows it does not answer: {frame}"
    await es.run("ask.textContent = '3'")
    await es.until_prices("3", "1", "1.5")


@pytest.mark.long
async def test_a_frame_that_hangs_while_its_observer_is_set_up_is_observed_once_it_answers(
    watch: Watching, site: Site
) -> None:
    site.put(
        "/frame",
        """<!doctype html><b id=other>1</b>
        <script>const end = performance.now() + 5000; while (performance.now() < end);</script>""",
    )
    frame = site.url("/frame", host="localhost")
    rules = f'{ES}[[symbol]]\nname = "NQ"\nlast = "#other"'
    timings = dataclasses.replace(FAST, frame_join_s=1.0)
    es = await watch(f'{body()}<iframe src="{frame}?key=1"></iframe>', rules, timings=timings)
    await es.until_last("1", symbol="NQ")


async def test_a_watcher_ends_when_one_of_its_helper_tasks_fails(watch: Watching) -> None:
    es = await watch(body(), ES)
    es.observer.acknowledge_heartbeat = _broken  # type: ignore[method-assign]
    with pytest.raises(ProducerError, match="broken"):
        async with asyncio.timeout(DEADLINE_S):
            await es.task


async def _broken(context: int, seq: int, *, again: bool) -> None:
    raise ProducerError("broken")
