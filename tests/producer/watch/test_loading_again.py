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
RULE = '[[symbol]]\nname = "ES"\nask = "#ask"\nlast = "#last"'


async def test_empty_cells_after_a_reload_are_no_tick_until_the_page_has_settled(watch: Watching) -> None:
    cells = "<b id=ask></b><b id=last></b><script>setTimeout(() => { %s }, 500)</script>"
    es = await watch(
        cells % "ask.textContent = last.textContent = performance.timeOrigin", RULE, timings=Timings(settle_s=1.5)
    )
    await es.until_count(1)
    await es.run("setTimeout(() => location.reload())")
    await es.until_count(2)
    assert all(quote.ask and quote.last for quote in es.quotes)


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
