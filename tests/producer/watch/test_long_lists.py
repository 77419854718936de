"""Lists that hold only the rows in their window: all rows are read, or the status says how many are not."""

import pytest

from tests.support.watching import FAST, Watching
from tickql.feed.status import ProducerState

pytestmark = pytest.mark.asyncio(loop_scope="session")

# A list as the usual libraries make it: rows at their places, only those that the window shows. `HEIGHT` is how it
# learns the height of its window.
LIST = """<div class=grid style="height:300px;overflow:auto"><div class=inner style="position:relative"></div></div>
<script>
const grid = document.querySelector(".grid"), inner = document.querySelector(".inner");
const COUNT = 400, ROW = 20, prices = Array.from({length: COUNT}, (_, n) => 1000 + n);
inner.style.height = `${COUNT * ROW}px`;
function render() {
  const first = Math.floor(grid.scrollTop / ROW), last = Math.min(COUNT, first + Math.ceil((HEIGHT) / ROW));
  inner.replaceChildren(...prices.slice(first, last).map((price, n) => {
    const row = document.createElement("div");
    row.className = "row";
    row.style.cssText = `position:absolute;height:${ROW}px;top:${(first + n) * ROW}px`;
    row.innerHTML = `<b>S${first + n}</b> <i>${price}</i>`;
    return row;
  }));
}
grid.onscroll = render;
new ResizeObserver(render).observe(grid);
setInterval(() => { prices.forEach((_, n) => { prices[n] += 1; }); render(); }, 250);
</script>"""
RULES = """[[table]]
rows = ".row"
symbol = "b"
last = "i"
scroll = ".grid"
"""


@pytest.mark.long
async def test_a_list_is_made_high_enough_for_all_its_rows(watch: Watching) -> None:
    es = await watch(LIST.replace("HEIGHT", "grid.clientHeight"), RULES, timings=FAST)
    await es.until(lambda: len(es.lasts("S399")) >= 3)
    await es.until(lambda: len(es.reports[-1].symbols) == 400)
    await es.until_state(ProducerState.LIVE)
    # No change of a row is missed, wherever the row is in the list.
    for symbol in ("S0", "S200", "S399"):
        shown = [int(last or "0") for last in es.lasts(symbol)]
        assert shown == list(range(shown[0], shown[0] + len(shown)))


async def test_a_list_that_stays_short_is_told_with_the_rows_that_are_missing(watch: Watching) -> None:
    es = await watch(LIST.replace("HEIGHT", "300"), RULES, timings=FAST)
    reason = '[[table]] #1: the list ".grid" holds 15 rows, and about 385 more are shown only after a scroll'
    assert await es.until_state(ProducerState.DEGRADED) == reason


async def test_a_page_that_scrolls_as_a_whole_gets_a_window_for_all_rows(watch: Watching) -> None:
    body = "".join(f"<tr><th>S{n}<td style='height:60px'><i></i>" for n in range(100))
    # As with prices that are loaded for what is visible.
    script = """<script>const shown = new IntersectionObserver((seen) => seen.forEach(({isIntersecting, target}) => {
      target.textContent = isIntersecting ? "7.5" : "-"; }));
      document.querySelectorAll("i").forEach((each) => shown.observe(each));</script>"""
    rules = '[[table]]\nrows = "tr"\nsymbol = "th"\nlast = "i"\nscroll = "html"'
    es = await watch(f"<table>{body}</table>{script}", rules, timings=FAST)
    await es.until_last("7.5", "S99")
    await es.until_state(ProducerState.LIVE)
