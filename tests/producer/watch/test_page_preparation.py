"""The steps of a feed file are done before the prices of its page count: at each load, and in checks."""

import dataclasses
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from rich.console import Console

from tests.support.site import Site
from tests.support.supervised import Supervised, feed
from tests.support.watching import FAST, Watching
from tickql.cli.check import Options, check
from tickql.feed.status import ProducerState
from tickql.producer.errors import StepFailed
from tickql.producer.timings import Timings

LAST = '[[symbol]]\nname = "ES"\nlast = "#last"'
# At first it shows another market: a price that is not that of the symbol.
MARKETS = """<b id=last>1</b> <button onclick="location.hash = 'es'; last.textContent = n = 100">ES</button>
<script>let n = 1; setInterval(() => { last.textContent = ++n; }, 20);</script>"""
STEPS = 'steps = [{ click = "button" }]'


@pytest.mark.asyncio(loop_scope="session")
async def test_no_price_counts_before_the_steps_are_done(watch: Watching) -> None:
    es = await watch(MARKETS, LAST, page='steps = [{ wait = "#last" }, { click = "button" }]', timings=FAST)
    await es.until_count(5)
    assert min(int(last or "0") for last in es.lasts()) >= 100
    before = [report for report, quotes in zip(es.reports, es.quotes_before, strict=True) if quotes == 0]
    assert {report.state for report in before[:-1]} == {ProducerState.STARTING}


@pytest.mark.asyncio(loop_scope="session")
async def test_a_step_that_fails_ends_the_watching_and_is_named(watch: Watching) -> None:
    es = await watch(MARKETS, LAST, page='steps = [{ click = "#nope" }]', timings=Timings(step_s=1.5))
    with pytest.raises(StepFailed, match=r'^step 1 \(click "#nope"\): nothing that it matches is visible'):
        await es.task
    assert not es.quotes
    assert es.reports[-1].reason == 'step 1 (click "#nope")'


@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_that_loads_itself_again_is_opened_anew(watch: Watching) -> None:
    es = await watch(MARKETS, LAST, page=STEPS, timings=FAST)
    await es.until_count(60)
    await es.run("location.reload()")
    with pytest.raises(StepFailed, match="the page has loaded itself again"):
        await es.task
    assert min(int(last or "0") for last in es.lasts()) >= 100


@pytest.mark.asyncio(loop_scope="session")
async def test_the_document_that_the_last_step_loads_counts(watch: Watching) -> None:
    loading = MARKETS.replace("location.hash = 'es'; last.textContent = n = 100", "location.search = '?es'")
    es = await watch(loading.replace("let n = 1", "let n = location.search ? 100 : 1"), LAST, page=STEPS, timings=FAST)
    await es.until_count(5)
    await es.until_state(ProducerState.LIVE)
    assert min(int(last or "0") for last in es.lasts()) >= 100


@pytest_asyncio.fixture
async def market() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


CLOCK = """<!doctype html><title>clock</title><b id=last></b><button id=tab>ES</button><script>
tab.onclick = () => setInterval(() => { last.textContent = Math.floor(Date.now() / 40); }, 12);
last.textContent = 7;
</script>"""


@pytest.mark.long
async def test_steps_are_done_on_each_fresh_page_before_it_takes_over(market: Site) -> None:
    made = feed("clock", market.put("/", CLOCK), LAST, 'steps = [{ click = "#tab" }]')
    made = dataclasses.replace(made, page=made.page.model_copy(update={"recycle_after_s": 1.5}))
    es = Supervised(made)
    try:
        await es.until(lambda: market.requests.count("/") >= 3)
        quotes = len(es.quotes)
        await es.until_count(quotes + 50)
        assert "7" not in es.lasts()
        numbers = [int(last or "0") for last in es.lasts()]
        assert numbers == sorted(set(numbers))
    finally:
        await es.stop()


@pytest.mark.long
async def test_the_status_names_the_step_until_it_can_be_done(market: Site) -> None:
    page = f'{STEPS}\nrobots = "ignore"'
    es = Supervised(feed("clock", market.put("/", "<b id=last>1</b>"), LAST, page), timings=Timings(step_s=0.5))
    try:
        await es.until_state(ProducerState.STALE, reason='step 1 (click "button"): nothing')
        market.put("/", MARKETS)
        await es.until_state(ProducerState.LIVE)
        assert int(es.lasts()[0] or "0") >= 100
    finally:
        await es.stop()


@pytest.mark.long
async def test_a_check_does_the_steps_too(market: Site, tmp_path: Path) -> None:
    path, said = tmp_path / "es.toml", io.StringIO()
    path.write_text(f'[page]\nurl = "{market.put("/", MARKETS)}"\n{STEPS}\n{LAST}')
    assert await check(Options(path, seconds=0.5), Console(file=said, width=120)), said.getvalue()
