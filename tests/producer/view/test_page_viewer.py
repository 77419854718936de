"""What the producer sees of a page: boxes where the elements are, what was read, and nothing that is secret."""

from io import BytesIO

import pytest
from PIL import Image

from tests.support.site import Site
from tests.support.watching import FAST, Watched, Watching
from tickql.feed.page_view import Box, FieldView, NotSeen, PageView
from tickql.feed.status import ProducerState
from tickql.producer.browser.secret_scope import SecretScope
from tickql.producer.timings import Timings
from tickql.producer.view.page_geometry import measure
from tickql.producer.view.page_viewer import PageViewer
from tickql.producer.view.rectangle import Rectangle
from tickql.producer.watch.supervisor import WatchedPage

pytestmark = pytest.mark.asyncio(loop_scope="session")

BODY = """<style>body { margin: 70px; } #ask, #nq { background: #00a000; padding: 20px; display: inline-block; }</style>
<p style="margin-top: 300px">ES <b id=ask>1.25</b> <b id=last>soon</b></p>"""
RULES = """[[symbol]]
name = "ES"
ask = "#ask"
bid = ".bid"
last = "#last"
"""
# Everything that a page can notice of a picture.
NOTICED = """() => {
  window.noticed = [];
  const note = ({ type }) => noticed.push(type);
  new MutationObserver((all) => all.forEach(note)).observe(document,
    { subtree: true, childList: true, attributes: true, characterData: true });
  for (const type of ["resize", "scroll", "focus", "blur", "focusin", "visibilitychange", "mousemove"]) {
    addEventListener(type, note, true);
    document.addEventListener(type, note, true);
  }
}"""
COVER = (96, 96, 104)
GREEN = (0, 160, 0)
Colour = tuple[int, int, int]


class Look:
    """A view of a board, with its picture."""

    def __init__(self, view: PageView, picture: bytes) -> None:
        self.view = view
        self.image = Image.open(BytesIO(picture)).convert("RGB")

    def field(self, name: str, symbol: str = "ES") -> FieldView:
        return next(each for each in self.view.fields if (each.symbol, each.field) == (symbol, name))

    def colour(self, x: float, y: float) -> Colour:
        """The colour at a place in CSS pixels."""
        scale = self.image.width / self.view.width
        red, green, blue = self.image.getpixel((round(x * scale), round(y * scale)))  # type: ignore[misc]
        return red, green, blue


def viewer(board: Watched, timings: Timings = FAST) -> PageViewer:
    return PageViewer(lambda: WatchedPage(board.source, board.observer), timings)


async def look(board: Watched) -> Look:
    return Look(*await viewer(board).look())


async def place(board: Watched, selector: str, frame: int = 0) -> Box:
    """Where the browser itself says that an element is, in the viewport of the page."""
    box = await board.page.frames[frame].locator(selector).bounding_box()
    assert box is not None
    return Box.model_validate(box)


def is_near(one: Box | None, two: Box) -> bool:
    return one is not None and Rectangle(one.x, one.y, one.width, one.height).is_near(
        Rectangle(two.x, two.y, two.width, two.height)
    )


def is_like(colour: Colour, wanted: Colour) -> bool:
    return all(abs(one - two) < 20 for one, two in zip(colour, wanted, strict=True))


async def test_a_broken_selector_is_found_by_looking_and_the_page_notices_nothing(watch: Watching) -> None:
    board = await watch(BODY, RULES, timings=FAST)
    await board.until_state(ProducerState.MISSING, "ES")
    # The state may come before the first price.
    await board.until(lambda: (es := board.source.quote_builder.symbols.get("ES")) is not None and es.newest)
    await board.run(NOTICED)
    found = await look(board)
    ask, bid, last = (found.field(name) for name in ("ask", "bid", "last"))
    assert is_near(ask.box, await place(board, "#ask"))
    assert is_near(last.box, await place(board, "#last"))
    assert (ask.text, ask.price, ask.state, ask.reason) == ("1.25", "1.25", ProducerState.LIVE, None)
    assert (bid.box, bid.text, bid.price, bid.state) == (None, None, None, ProducerState.MISSING)
    assert bid.reason == 'bid: ".bid" matches nothing'
    assert (last.text, last.price, last.state) == ("soon", None, ProducerState.MISSING)
    assert "shows 'soon'" in (last.reason or "")
    # Those that need a look come first.
    assert [field.field for field in found.view.fields] == ["bid", "last", "ask"]
    assert ask.box is not None
    assert is_like(found.colour(ask.box.x + 5, ask.box.y + 5), GREEN), "the picture shows the element there"
    assert found.view.width == 1280
    assert 300 < found.view.height < 400, "the picture ends with the page"
    assert found.view.covered == 0
    assert await board.run("noticed") == []


@pytest.mark.long
async def test_boxes_are_in_place_on_a_scrolled_page_and_in_frames(watch: Watching, site: Site) -> None:
    other = site.put("/other-site", f"<!doctype html>{BODY.replace('300px', '30px')}").replace("127.0.0.1", "localhost")
    rules = RULES.replace("bid", "#bid").replace('#bid = ".bid"', "") + '[[symbol]]\nname = "NQ"\nask = "#nq"\n'
    inner = BODY.replace('"', "'").replace("ES", "NQ").replace("id=ask", "id=nq").replace("id=last", "id=other")
    board = await watch(
        f'<div style="height: 900px"></div><iframe style="border: 7px solid; padding: 5px; height: 500px"'
        f' srcdoc="{inner}"></iframe><iframe style="border: 9px solid; padding: 3px" src="{other}"></iframe>'
        '<p style="height: 2000px"></p>',
        rules,
    )
    await board.until(lambda: {"ES", "NQ"} <= set(board.source.quote_builder.symbols))
    await board.run("scrollTo(0, 500)")
    found = await look(board)
    own_process = next(number for number, frame in enumerate(board.page.frames) if "other-site" in frame.url)
    assert is_near(found.field("ask", "NQ").box, await place(board, "#nq", 3 - own_process))
    # Of a frame with a process of its own the browser tells no place in the page: the picture does.
    box = found.field("ask").box
    assert box is not None
    size = await place(board, "#ask", own_process)
    assert (box.width, box.height) == (size.width, size.height)
    ends = [(x, y) for x in (box.x, box.x + box.width) for y in (box.y, box.y + box.height)]
    middle = (box.x + box.width / 2, box.y + box.height / 2)
    for inside, (x, y) in ((0.9, end) for end in ends):
        assert is_like(found.colour(middle[0] + inside * (x - middle[0]), middle[1] + inside * (y - middle[1])), GREEN)
    for outside, (x, y) in ((1.1, end) for end in ends):
        seen = found.colour(middle[0] + outside * (x - middle[0]), middle[1] + outside * (y - middle[1]))
        assert not is_like(seen, GREEN)
    assert found.view.covered == 0
    # A frame that is not asked may show anything.
    tops = {context: each for context, each in board.source.page_status.heartbeats.items() if each.top}
    geometry = await measure(board.observer, tops, [], SecretScope.of(board.source.feed.page))
    assert len(geometry.covered) == 2


async def test_what_is_secret_is_covered_in_the_picture_and_masked_in_texts(
    watch: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOARD_USER", "mary-4711")
    board = await watch(
        BODY
        + '<p><input id=user style="background: #f00"> <input id=price value="7.5"> <i style="background: #00f"></i>',
        RULES.replace('bid = ".bid"', 'bid = { selector = "#price", read = "value" }').replace("#last", "i"),
        page='steps = [{ fill = "#user", value = { env = "BOARD_USER" } }]',
        timings=FAST,
    )
    await board.until(lambda: board.source.page_status.preparing is None and board.quotes)
    await board.run("document.querySelector('i').textContent = 'welcome, Mary-4711 and mary-4711'")
    await board.until(lambda: (board.source.quote_builder.symbols["ES"].fields["last"].raw or "").endswith("4711"))
    found = await look(board)
    for selector in ("#user", "i"):
        box = await place(board, selector)
        assert is_like(found.colour(box.x + 6, box.y + box.height / 2), COVER)
    price = await place(board, "#price")
    assert not is_like(found.colour(price.x + price.width - 6, price.y + 6), COVER), (
        "an input with a price is no secret"
    )
    assert found.field("bid").price == "7.5"
    assert found.view.covered >= 2
    text = found.view.encode().decode()
    assert "mary-4711" not in text
    assert "***" in text


async def test_a_login_that_is_filled_in_is_not_shown(watch: Watching) -> None:
    board = await watch(BODY + "<input type=password id=secret>", RULES)
    await board.until(lambda: "ES" in board.source.quote_builder.symbols)
    assert (await look(board)).view.covered == 0
    await board.page.fill("#secret", "open sesame")
    with pytest.raises(NotSeen, match="a password is filled in"):
        await look(board)
    with pytest.raises(NotSeen, match="being opened, or logged in to"):
        await PageViewer(lambda: None).look()


@pytest.mark.long
async def test_a_page_that_hangs_gives_a_reason(watch: Watching) -> None:
    board = await watch(BODY, RULES)
    await board.until(lambda: "ES" in board.source.quote_builder.symbols)
    await board.run("setTimeout(() => { for (;;); }, 0); null")
    with pytest.raises(NotSeen, match=r"does not answer|no picture"):
        await look(board)
