"""A page that is loaded again and shows empty cells for a moment: nobody gets a tick of nulls."""

import dataclasses

import pytest

from tests.support.site import Site
from tests.support.supervised import Supervised, feed, kill
from tests.support.waiting import DEADLINE_S
from tests.support.watching import Watching
from tickql.feed.status import ProducerState
from tickql.producer.timings import Timings

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Empty for half a second after each load, then a number that changes.
FILLING = """<!doctype html><title>filling</title><b id=ask></b><b id=last>-</b><script>
setTimeout(() => setInterval(() => { last.textContent = Date.now(); ask.textContent = 1 + Date.now(); }, 40), 500);
</script>"""
# Placeholders that stay.
CLOSED = "<!doctype html><title>closed</title><b id=ask>-</b><b id=last>-</b>"
# At the second load the page shows less; before it counts as complete, the page says that its prices are not live.
DELAYED_LATER = """<b id=ask>10</b><b id=bid>9</b><script>
if (sessionStorage.loaded) {
    const show = (a, b) => { ask.textContent = a; bid.textContent = b; };
    show(77, "");
    setTimeout(() => document.body.insertAdjacentHTML("beforeend", "<i id=delayed>delayed</i>"), 50);
    setTimeout(show, 1700, 80, "");
    setTimeout(() => { show(80, 79); delayed.remove(); }, 3500);
}
sessionStorage.loaded = 1;
</script>"""
PAIR = '[[symbol]]\nname = "ES"\nask = "#ask"\nbid = "#bid"'
RULE = '[[symbol]]\nname = "ES"\nask = "#ask"\nlast = "#last"'


async def test_empty_cells_after_a_reload_are_no_tick_until_the_page_has_settled(watch: Watching) -> None:
    cells = "<b id=ask></b><b id=last></b><script>setTimeout(() => { %s }, 500)</script>"
    es = await watch(
        cells % "ask.textContent = last.textContent = performance.timeOrigin",
        RULE,
        timings=Timings(settle_s=DEADLINE_S),
    )
    await es.until_count(1)
    await es.run("setTimeout(() => location.reload())")
    await es.until_count(2)
    assert all(quote.ask and quote.last for quote in es.quotes)


@pytest.mark.long
async def test_what_is_withheld_after_a_reload_is_never_published_once_the_page_says_that_it_is_not_live(
    watch: Watching,
) -> None:
    es = await watch(DELAYED_LATER, PAIR, page='stale = "#delayed"', timings=Timings(settle_s=2.0))
    await es.until_prices("10", "9", None)
    await es.run("setTimeout(() => location.reload())")
    await es.until_state(ProducerState.STALE, reason="the page marks its prices as not live")
    await es.until_prices("80", "79", None)
    assert es.prices() == [("10", "9", None), ("80", "79", None)]


@pytest.mark.long
async def test_empty_cells_after_a_crash_or_a_replacement_are_no_tick_and_placeholders_that_stay_are_one(
    site: Site,
) -> None:
    made = feed("filling", site.put("/", FILLING), RULE)
    made = dataclasses.replace(made, page=made.page.model_copy(update={"recycle_after_s": 1.5}))
    es = Supervised(made, timings=Timings(settle_s=1.0))
    try:
        await es.until_count(5)
        await es.until(lambda: site.requests.count("/") > 2, DEADLINE_S)
        for _ in range(2):
            quotes = len(es.quotes)
            kill(es.processes("--type=renderer"))
            await es.until_count(quotes + 20)
        assert all(quote.ask and quote.last for quote in es.quotes)
        times = [quote.observed_us for quote in es.quotes]
        assert times == sorted(times)
        site.put("/", CLOSED)
        kill(es.processes("--type=renderer"))
        await es.until_prices(None, None, None)
        await es.until_state(ProducerState.LIVE)
    finally:
        await es.stop()
