"""Pages that show one symbol several times: in a marquee, in a row for phones, in two frames."""

import pytest

from tests.support.site import Site
from tests.support.watching import FAST, Watching
from tickql.feed.status import ProducerState

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROWS = '[[table]]\nrows = ".q"\nsymbol = { attribute = "data-s" }\nlast = "b"'
TWICE = "<p class=q data-s=ES><b>1.00</b></p><p class=q data-s=ES><b>1.00</b></p>"
SHOW = """<script>
    const cells = document.querySelectorAll('b');
    const show = (price, ...which) => which.forEach((at) => { cells[at].textContent = price; });
</script>"""


async def test_copies_that_show_the_same_are_one_price(watch: Watching) -> None:
    es = await watch(TWICE + SHOW, ROWS, timings=FAST)
    await es.until_last("1.00")
    await es.run("show('1.25', 0, 1)")
    await es.until_last("1.25")
    # The second copy follows in a task of its own, as an animation's does.
    await es.run("show('1.50', 0), setTimeout(() => show('1.50', 1), 15), 0")
    await es.until_last("1.50")
    await es.until_state(ProducerState.LIVE)
    assert es.lasts() == ["1.00", "1.25", "1.50"]


async def test_copies_that_differ_are_not_published_and_both_are_named(watch: Watching) -> None:
    es = await watch(TWICE + SHOW, ROWS, timings=FAST)
    await es.until_last("1.00")
    await es.run("show('1.75', 1)")
    await es.until_reason("copies on the page show '1.00' and '1.75'")
    await es.run("show('2.00', 0, 1)")
    await es.until_last("2.00")
    await es.until_state(ProducerState.LIVE)
    assert es.lasts() == ["1.00", "2.00"]


@pytest.mark.parametrize(
    "style",
    ["display: none", *(pytest.param(each, marks=pytest.mark.long) for each in ("visibility: hidden", "opacity: 0"))],
)
async def test_a_copy_that_is_not_rendered_does_not_count(watch: Watching, style: str) -> None:
    hidden = f"<p class=q data-s=ES style='{style}'><b>9.00</b></p>"
    es = await watch(hidden + TWICE + SHOW, ROWS, timings=FAST)
    await es.until_last("1.00")
    await es.run("show('1.25', 1, 2), show('9.50', 0)")
    await es.until_last("1.25")
    await es.until_state(ProducerState.LIVE)
    assert es.lasts() == ["1.00", "1.25"]


async def test_a_hidden_twin_inside_a_row_or_of_a_fixed_symbol_does_not_count(watch: Watching) -> None:
    twin = "<i class=p style='display: none'>7</i><i class=p>1.00</i>"
    rules = '[[table]]\nrows = ".q"\nsymbol = ".s"\nlast = ".p"\n[[symbol]]\nname = "NQ"\nlast = "#nq .p"'
    board = await watch(
        f"<p class=q><b class=s>ES</b>{twin}</p><p id=nq>{twin.replace('1.00', '2.00')}</p>", rules, timings=FAST
    )
    await board.until_last("1.00")
    await board.until_last("2.00", "NQ")
    await board.until_state(ProducerState.LIVE)


@pytest.mark.long
async def test_two_frames_that_show_the_same_are_one_price_and_two_that_differ_are_told(
    watch: Watching, site: Site
) -> None:
    one = site.put("/one", "<!doctype html><b id=last>1.00</b>")
    two = site.put("/two", "<!doctype html><b id=last>1.00</b>")
    rule = '[[symbol]]\nname = "ES"\nlast = "#last"'
    es = await watch(f"<iframe src={one}></iframe><iframe src={two}></iframe>", rule, timings=FAST)
    await es.until_last("1.00")
    await es.until_state(ProducerState.LIVE)
    await es.run("frames[1].last.textContent = '2.00'")
    await es.until_reason("frames of the page show '1.00' and '2.00'")
    await es.run("frames[0].last.textContent = '2.00'")
    await es.until_last("2.00")
    await es.until_state(ProducerState.LIVE)
