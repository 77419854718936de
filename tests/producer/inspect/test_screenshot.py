"""The screenshot of a page: a box around each element that is read, red where the price is not live."""

import struct

import pytest

from tests.support.watching import Watching
from tickql.producer.inspect.screenshot import take_screenshot
from tickql.producer.timings import Timings

pytestmark = pytest.mark.asyncio(loop_scope="session")

BODY = """<style>body { margin: 70px; } td { width: 200px; }</style><p style="margin-top: 300px">
ES <b id=ask>1.25</b> <b id=last>soon</b></p>"""
RULES = """[[symbol]]
name = "ES"
ask = "#ask"
last = "#last"
"""
# Each drawn box: its colour, the element that it surrounds (by 2 px), and its tag.
DRAWN = """() => [...document.documentElement.lastElementChild.children].map(box => {
  const at = box.getBoundingClientRect();
  const around = [...document.querySelectorAll("b")].find(element => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return [at.left - left + 2, at.top - top + 2, at.width - width - 4, at.height - height - 4]
      .every(difference => Math.abs(difference) < 0.5);
  });
  return [around?.id ?? null, getComputedStyle(box).borderTopColor, box.textContent];
})"""
GREEN, RED = "rgb(0, 160, 64)", "rgb(208, 0, 0)"


def _size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


async def test_each_element_that_is_read_has_a_box(watch: Watching) -> None:
    board = await watch(BODY, RULES, Content_Security_Policy="default-src 'none'; style-src 'unsafe-inline'")
    await board.until(lambda: "ES" in board.source.quote_builder.symbols)
    picture = await take_screenshot(board.observer, list(board.source.page_status.heartbeats), ["ES last"])
    assert await board.run(DRAWN) == [["ask", GREEN, "ES ask"], ["last", RED, "ES last"]]
    assert picture is not None
    width, height = _size(picture)
    assert (width, 300 < height < 600) == (1280, True), "as high as what is on the page"


async def test_a_scrolled_page_and_a_frame_have_their_boxes_in_place(watch: Watching) -> None:
    board = await watch(
        f'<div style="height: 3000px"></div><iframe srcdoc="{BODY.replace(chr(34), chr(39))}"></iframe>', RULES
    )
    await board.until(lambda: "ES" in board.source.quote_builder.symbols)
    await board.run("scrollTo(0, 500)")
    picture = await take_screenshot(board.observer, list(board.source.page_status.heartbeats), [])
    assert await board.page.frames[1].evaluate(DRAWN) == [["ask", GREEN, "ES ask"], ["last", GREEN, "ES last"]]
    assert picture is not None
    assert 3000 < _size(picture)[1] < 3500


async def test_a_page_that_hangs_gives_no_screenshot(watch: Watching) -> None:
    board = await watch(BODY, RULES)
    await board.until(lambda: "ES" in board.source.quote_builder.symbols)
    contexts = list(board.source.page_status.heartbeats)
    await board.run("setTimeout(() => { for (;;); }, 0); null")
    assert await take_screenshot(board.observer, contexts, [], Timings(screenshot_s=1.0)) is None
