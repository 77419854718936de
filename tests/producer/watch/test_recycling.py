"""The replacement of a page while prices change: no tick is lost, repeated or out of order, and it is always LIVE."""

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.site import Site
from tests.support.supervised import Supervised, feed, kill
from tickql.feed.status import ProducerState
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.timings import Timings
from tickql.producer.watch.handover import Handover

LAST = '[[symbol]]\nname = "ES"\nlast = "#last"\n[[symbol]]\nname = "QUIET"\nlast = "#quiet"'
# Every such page shows the same numbers, each of them for 40 ms, `LAG` later than the clock says.
CLOCK = """<!doctype html><title>clock</title><b id=last></b><b id=quiet>7</b><script>
const due = () => Math.floor((Date.now() - LAG) / 40);
let shown = due();
setInterval(() => { if (shown < due()) last.textContent = ++shown; }, 12);
</script>"""


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


def clock(site: Site, **page: float) -> FeedFile:
    """The feed file of the clock, with page settings that would be too small for any other page."""
    made = feed("clock", site.put("/", CLOCK.replace("LAG", "0")), LAST)
    return dataclasses.replace(made, page=made.page.model_copy(update=page))


def assert_seamless(es: Supervised) -> None:
    lasts = [int(last or "") for last in es.lasts()]
    assert lasts == list(range(lasts[0], lasts[0] + len(lasts)))
    assert es.lasts("QUIET") == ["7"]
    times = [quote.observed_us for quote in es.quotes if quote.symbol == "ES"]
    assert times == sorted(times)
    first_live = next(at for at, report in enumerate(es.reports) if report.state is ProducerState.LIVE)
    assert {report.state for report in es.reports[first_live:]} == {ProducerState.LIVE}


@pytest.mark.long
async def test_the_replacement_of_an_old_page_is_seamless(site: Site) -> None:
    es = Supervised(clock(site, recycle_after_s=1.5))
    try:
        for loads, lag_ms in ((1, 300), (2, 0), (3, 0)):
            await es.until(lambda loads=loads: site.requests.count("/") > loads)  # type: ignore[misc]
            site.put("/", CLOCK.replace("LAG", str(lag_ms)))
        quotes = len(es.quotes)
        await es.until_count(quotes + 50)
        assert_seamless(es)
    finally:
        await es.stop()


@pytest.mark.long
async def test_the_replacement_of_a_browser_that_has_grown_too_large_is_seamless(
    site: Site,
) -> None:
    es = Supervised(clock(site, recycle_memory_mb=100), timings=Timings(browser_min_age_s=4.0, memory_check_s=0.5))
    try:
        await es.until_count(1)
        first = es.browser()
        await es.until(lambda: site.requests.count("/") > 1)
        quotes = len(es.quotes)
        await es.until_count(quotes + 100)
        assert_seamless(es)
        assert first not in es.processes()
    finally:
        await es.stop()


@pytest.mark.chaos
async def test_a_new_page_that_shows_no_prices_changes_nothing(site: Site) -> None:
    es = Supervised(clock(site, recycle_after_s=1.0), timings=Timings(handover_s=2.0, handover_retry_s=1.0))
    try:
        await es.until(lambda: "/" in site.requests)
        site.put("/", "<!doctype html><title>nothing here</title>")
        await es.until(lambda: site.requests.count("/") > 2)
        assert_seamless(es)
    finally:
        await es.stop()


@pytest.mark.chaos
@pytest.mark.timeout(180)
async def test_a_page_that_crashes_during_a_handover_is_restarted_like_any_other(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    arriving = Handover.ready
    seen: list[Handover] = []

    async def never(handover: Handover) -> None:
        seen.append(handover)
        if len(seen) > 1:
            await arriving(handover)
        else:
            kill(es.processes("--type=renderer"))
            await asyncio.Event().wait()

    monkeypatch.setattr(Handover, "ready", never)
    es = Supervised(clock(site, recycle_after_s=1.0), timings=Timings(handover_retry_s=1.0))
    try:
        await es.until(lambda: any(report.state is ProducerState.STALE for report in es.reports), 60)
        await es.until(lambda: len(seen) > 2, 60)
        quotes = len(es.quotes)
        await es.until_count(quotes + 10)
        lasts = [int(last) for last in es.lasts() if last is not None]
        assert lasts == sorted(set(lasts))
    finally:
        await es.stop()


@pytest.mark.long
async def test_a_page_that_was_healthy_counts_as_healthy_after_its_replacement(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    es = Supervised(clock(site, recycle_after_s=3.0), timings=Timings(healthy_s=8.0))
    try:
        await es.until_state(ProducerState.LIVE)
        began_s = time.monotonic()
        await es.until(lambda: time.monotonic() - began_s > 10 and site.requests.count("/") > 2, 60)
        kill(es.processes("--type=renderer"))
        await es.until(lambda: "reopening the page" in caplog.text or "trying again" in caplog.text)
        assert "trying again" not in caplog.text
    finally:
        await es.stop()
