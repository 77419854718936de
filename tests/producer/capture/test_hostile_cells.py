"""Cells that make it hard to read them: no wrong price, and each change that can be read is."""

from base64 import b64encode

import pytest

from tests.support.scrambled_font import scrambled, system_font
from tests.support.watching import FAST, Watching
from tickql.feed.status import ProducerState

pytestmark = pytest.mark.asyncio(loop_scope="session")

LAST = '[[symbol]]\nname = "ES"\nlast = "#last"'
TABLE = '[[table]]\nrows = "#board > div"\nsymbol = "b"\nlast = ".last"'
TICK_MS = 30


def font_face(digits: str) -> str:
    font = system_font()
    if font is None:
        pytest.skip("no common TrueType font is installed")
    data = b64encode(scrambled(font, digits)).decode()
    source = f"url(data:font/ttf;base64,{data})"
    return f"<style>@font-face {{ font-family: quotes; src: {source} }}</style>"


async def test_a_font_that_maps_digits_to_other_digits_is_told_and_nothing_is_published(watch: Watching) -> None:
    style = font_face("3780129645")
    es = await watch(f"{style}<b id=last style='font-family: quotes'>12.30</b>", LAST, timings=FAST)
    await es.until_state(ProducerState.MISSING)
    await es.until_reason("the font maps digits to other digits")
    await es.run("last.textContent = '12.45'")
    await es.run("last.innerHTML = '<i>12</i><i>.50</i>'")
    # In another font it is a price, and the first that is published.
    await es.run("last.innerHTML = '12.60'; last.style.fontFamily = 'serif'")
    await es.until_last("12.60")
    assert es.lasts() == ["12.60"]


async def test_a_font_of_the_page_with_the_usual_digits_is_read(watch: Watching) -> None:
    style = font_face("0123456789")
    es = await watch(f"{style}<b id=last style='font: bold italic 20px quotes'>12.30</b>", LAST)
    await es.until_last("12.30")


async def test_a_cell_with_another_structure_at_each_tick_is_read_at_each_tick(watch: Watching) -> None:
    es = await watch("<p id=last>0.00</p>", LAST)
    await es.until_last("0.00")
    await es.run(
        f"""(async () => {{
        const shapes = [
          (a, b) => `${{a}}.${{b}}`, (a, b) => `<b>${{a}}</b>.${{b}}`, (a, b) => `<s>7</s> <b>${{a}}.${{b}}</b>`,
          (a, b) => `<i hidden>9</i>${{a}}<span>.${{b}}</span>`, (a, b) => `${{a}}.<!-- -->${{b}}`,
          (a, b) => `<div><div><div>${{a}}<u>.${{b}}</u></div></div></div>`,
          (a, b) => `<span style="display:inline-flex;flex-direction:row-reverse"><i>.${{b}}</i><i>${{a}}</i></span>`,
        ];
        for (let n = 1; n <= 40; n += 1) {{
          last.innerHTML = shapes[n % shapes.length](100 + n, 25);
          await new Promise((done) => setTimeout(done, {TICK_MS}));
        }}
        }})()"""
    )
    await es.until_last("140.25")
    assert es.lasts() == ["0.00", *(f"{100 + n}.25" for n in range(1, 41))]


@pytest.mark.long
async def test_a_row_with_very_many_elements_is_still_read(watch: Watching) -> None:
    es = await watch("<div id=board><div><b>ES</b><i class=last>1.5</i><p hidden></p></div></div>", TABLE)
    await es.until_last("1.5")
    await es.run("document.querySelector('p').innerHTML = '<i>7</i>'.repeat(200_000)")
    await es.run("document.querySelector('.last').textContent = '2.5'")
    await es.until_last("2.5")
    assert es.lasts() == ["1.5", "2.5"]


@pytest.mark.long
async def test_an_element_with_very_many_elements_is_told(watch: Watching) -> None:
    es = await watch("<div id=last>1.5</div>", LAST, timings=FAST)
    await es.until_last("1.5")
    await es.run("last.innerHTML = '<i>7</i>'.repeat(100_000)")
    await es.until_reason("more elements or texts than a price has")
    await es.run("last.innerHTML = '<i>2</i>.5'")
    await es.until_last("2.5")
    assert es.lasts() == ["1.5", "2.5"]


@pytest.mark.long
async def test_slow_style_sheets_cost_no_price(watch: Watching) -> None:
    rules = "".join(f"div:has(.a{n} ~ .b{n}) p:nth-last-child(3n+{n}) i {{ color: red }}" for n in range(600))
    body = f"<style>{rules}</style><div>{'<p><i>7</i></p>' * 600}<p class=a1><b id=last>0.25</b></p></div>"
    es = await watch(body, LAST)
    await es.until_last("0.25")
    await es.run(
        f"""(async () => {{
        for (let n = 1; n <= 20; n += 1) {{
          last.parentNode.className = `a${{n}}`;
          last.innerHTML = `<i>${{n}}</i>.25`;
          await new Promise((done) => setTimeout(done, {TICK_MS}));
        }}
        }})()"""
    )
    await es.until_last("20.25")
    assert es.lasts() == [f"{n}.25" for n in range(21)]


async def test_turned_and_mirrored_pieces_are_no_number_and_turned_text_of_one_piece_is(watch: Watching) -> None:
    turns = {"A": "rotate(180deg)", "B": "scaleX(-1)", "C": "rotate(90deg)", "D": "rotateX(180deg)"}
    box = "<p><span id={} style='display: inline-block; transform: {}'>{}</span></p>"
    body = "".join(box.format(name, turn, "<i>12</i><i>.30</i>") for name, turn in turns.items())
    body += "<div style='transform: scaleX(-1)'><p id=E><i>12</i><i>.30</i></p></div>"
    body += box.format("ES", "rotate(4deg)", "2.5")
    rules = "".join(f'[[symbol]]\nname = "{name}"\nlast = "#{name}"\n' for name in (*turns, "E", "ES"))
    es = await watch(body, rules, timings=FAST)
    for name in (*turns, "E"):
        await es.until_state(ProducerState.MISSING, name)
    await es.until_last("2.5")
    assert {quote.symbol for quote in es.quotes} == {"ES"}


async def test_numbers_that_move_under_another_element_are_no_part_of_the_price(watch: Watching) -> None:
    style = (
        "<style>p { position: relative; height: 2em } p * { position: absolute; inset: 0; background: #fff }</style>"
    )
    es = await watch(f"{style}<p id=last><i>11.5</i><b>12.5</b></p>", LAST)
    await es.until_last("12.5")
    await es.run("last.append(last.firstChild)")
    await es.until_last("11.5")
    await es.run("last.firstChild.style.zIndex = 5")
    await es.until_last("12.5")
    await es.run("last.firstChild.style.zIndex = 0; last.lastChild.style.top = '3em'; last.firstChild.hidden = true")
    await es.until_last("11.5")
    assert es.lasts() == ["12.5", "11.5", "12.5", "11.5"]


async def test_digits_of_no_size_are_no_digits(watch: Watching) -> None:
    es = await watch("<p id=last>12<i style='font-size: 0'>7</i>.5<i style='zoom: .001'>3</i></p>", LAST)
    await es.until_last("12.5")
    await es.run("last.innerHTML = '13<i style=\"display: inline-block; transform: scale(0)\">7</i>.5'")
    await es.until(lambda: (es.reports and "13" in (es.reports[-1].reason or "")) or es.lasts()[-1] == "13.5")
    assert set(es.lasts()) <= {"12.5", "13.5"}


async def test_what_is_done_to_a_price_by_all_around_it_is_seen(watch: Watching) -> None:
    looks = {
        "A": "text-decoration: line-through", "B": "filter: blur(5px)", "C": "transform: scaleX(-1)",
        "D": "rotate: 180deg", "E": "filter: blur(1.5px) blur(1.5px)",
    }  # fmt: skip
    body = "".join(f"<div class=out{name}><p><b id={name}>1.5</b></p></div>" for name in looks)
    rules = "".join(f'[[symbol]]\nname = "{name}"\nlast = "#{name}"\n' for name in looks)
    rules += '[[symbol]]\nname = "M"\nlast = "#M"'
    es = await watch(f"<style id=css></style>{body}<meter id=M value=.5>1.5</meter>", rules, timings=FAST)
    for name in looks:
        await es.until_last("1.5", name)
    # No mutation announces what a script does to a style sheet.
    for name, look in looks.items():
        await es.run(f"css.sheet.insertRule('.out{name} {{ {look} }}')")
    for name in (*looks, "M"):
        await es.until_state(ProducerState.MISSING, name)
    await es.run("for (const each of document.querySelectorAll('b')) each.textContent = '2.5'")
    await es.run("while (css.sheet.cssRules.length) css.sheet.deleteRule(0)")
    for name in looks:
        await es.until_last("2.5", name)


async def test_a_price_that_a_class_of_its_row_strikes_through_is_no_price(watch: Watching) -> None:
    es = await watch("<style>.old b { text-decoration: line-through }</style><p><b id=last>1.5</b></p>", LAST)
    await es.until_last("1.5")
    await es.run("last.parentNode.className = 'old'; last.textContent = '1.6'")
    await es.until_state(ProducerState.MISSING, "ES")
    await es.run("last.parentNode.className = ''; last.textContent = '1.7'")
    await es.until_last("1.7")
    assert es.lasts() == ["1.5", "1.7"]
