"""Pages that change their address without loading: the watch goes on, and no price of another market is published."""

import pytest

from tests.support.site import Site
from tests.support.watching import FAST, Watched, Watching
from tickql.feed.status import ProducerState
from tickql.producer.capture.messages import Flush, Reading
from tickql.producer.capture.observer_events import FrameGone, FrameMessage
from tickql.producer.errors import PageLeft
from tickql.producer.health.page_address import is_same_place

LAST = '[[symbol]]\nname = "ES"\nlast = "#last"'
TABLE = '[[table]]\nrows = "tr"\nsymbol = "th"\nlast = "#last"'
# A market for each address, as with a router: each shows its price in the same place.
MARKETS = """<div id=app></div><script>
const first = location.href;
let n = 0;
const price = () => String((location.href.split("?")[0] === first ? 100 : 900) + (++n % 50));
const show = () => { app.innerHTML = `<table><tr><th>${location.href.split("?")[0] === first ? "ES" : "NQ"}
<td><b id=last>${price()}</b></table>`; };
const go = (address) => { history.pushState({}, "", address); show(); };
onpopstate = show;
show();
setInterval(() => { document.querySelector("#last").textContent = price(); }, 20);
</script>"""
LINKED = """<b id=last>-</b><script>
let n = 0;
setInterval(() => { last.textContent = (location.pathname === "/nq" ? 900 : 100) + (++n % 50); }, 10);
</script>"""


async def _until_its_place_is_known(es: Watched) -> None:
    """Wait until the page's address counts as that of its prices: until then a page may lead on to them."""
    await es.until(lambda: es.source.page_status._address.is_settled)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_that_goes_to_another_market_publishes_nothing_of_it_and_comes_back(watch: Watching) -> None:
    es = await watch(MARKETS, LAST, timings=FAST)
    await _until_its_place_is_known(es)
    await es.run("go('/nq')")
    await es.until_state(ProducerState.STALE, reason="the page went by itself from /")
    count = len(es.quotes)
    await es.run("history.back()")
    await es.until_state(ProducerState.LIVE)
    await es.until_count(count + 20)
    assert max(int(last or "0") for last in es.lasts()) < 900


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.long
async def test_a_link_to_the_document_of_another_market_publishes_nothing_of_it(watch: Watching, site: Site) -> None:
    site.put("/nq", f"<!doctype html>{LINKED}")
    es = await watch(LINKED, LAST, timings=FAST)
    await _until_its_place_is_known(es)
    await es.run("setTimeout(() => { location.href = '/nq'; })")
    await es.until_state(ProducerState.STALE, reason="the page went by itself from /")
    assert max(int(last or "0") for last in es.lasts()) < 900


@pytest.mark.asyncio(loop_scope="session")
async def test_prices_of_a_new_document_count_only_once_its_address_is_known(watch: Watching) -> None:
    es = await watch(LINKED, LAST, timings=FAST)
    await _until_its_place_is_known(es)
    # As on a busy machine: the prices of another document come first, then its heartbeat.
    for event in (FrameGone(None), FrameMessage(7, Flush((Reading(1, 0, "ES", (None, None, "900")),))), FrameGone(7)):
        es.observer._put(event)
    await es.until_count(len(es.quotes) + 20)
    assert max(int(last or "0") for last in es.lasts()) < 900


@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_that_stays_elsewhere_is_loaded_again(watch: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickql.producer.health.page_access._ELSEWHERE_S", 0.2)
    es = await watch(MARKETS, LAST, timings=FAST)
    await _until_its_place_is_known(es)
    await es.run("go('#/nq')")
    with pytest.raises(PageLeft, match=r"the page went by itself from /.* to /.*#/nq"):
        await es.task


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.long
async def test_symbols_that_the_page_names_are_right_wherever_it_is(watch: Watching) -> None:
    es = await watch(MARKETS, TABLE, timings=FAST)
    await es.until_count(60)
    await es.run("go('/nq')")
    await es.until(lambda: len(es.lasts("NQ")) >= 20)
    assert min(int(last or "900") for last in es.lasts("NQ")) >= 900
    assert max(int(last or "0") for last in es.lasts("ES")) < 900


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.long
async def test_a_part_of_the_address_that_names_no_place_changes_nothing(watch: Watching) -> None:
    es = await watch(MARKETS, LAST, timings=FAST)
    await es.until_count(60)
    live = len(es.reports)
    await es.run("history.replaceState({}, '', '?t=5')")
    await es.until_count(len(es.quotes) + 60)
    assert {report.state for report in es.reports[live:]} <= {ProducerState.LIVE}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a/b", "http://a/b/", True),
        ("http://a/b", "http://a/b?t=1", True),
        ("http://a/b#top", "http://a/b#rows", True),
        ("http://a/b?s=ES&t=1", "http://a/b?s=ES", True),
        ("http://a/b?s=ES", "http://a/b?s=NQ", False),
        ("http://a/b?s=ES", "http://a/b?s=", False),
        ("http://a/b?s=", "http://a/b?s=NQ", False),
        ("http://a/b?s=1&s=2", "http://a/b?s=3&s=2", False),
        ("http://a/b?s=1&s=2", "http://a/b?t=3&s=1&s=2", True),
        ("http://a/b?ES", "http://a/b?NQ", False),
        ("http://a/b?ES", "http://a/b?ES&t=1", True),
        ("http://a/b?ES&t=1", "http://a/b?NQ&t=1", False),
        ("http://a/b#s=ES", "http://a/b#s=NQ", False),
        ("http://a/b#s=ES", "http://a/b#t=1&s=ES", True),
        ("http://a/b#s=ES&t=1", "http://a/b#s=&t=1", False),
        ("http://a/b#ES", "http://a/b#NQ", False),
        ("http://a/b#BTC-USD", "http://a/b", False),
        ("http://a/b#BTC%2FUSD", "http://a/b#BTC/USD", True),
        ("http://a/b#part-1", "http://a/b#part-2", True),
        ("http://a/b#/es", "http://a/b#/nq", False),
        ("http://a/b#!es", "http://a/b", False),
        ("http://a/es", "http://a/nq", False),
        ("http://a/es", "http://b/es", False),
    ],
)
def test_what_of_an_address_is_a_place(one: str, other: str, *, same: bool) -> None:
    assert is_same_place(one, other) is same
