"""Cells written by hand as pages write them, each through the whole producer: page, observer, price text, quote."""

# ruff: noqa: RUF001 - the very characters that pages show

from typing import NamedTuple

import pytest
from playwright.async_api import Browser

from tests.support.site import Site
from tests.support.watching import FAST, Watched, watching
from tickql.feed.status import ProducerState
from tickql.producer.feedfile.feed_file import FeedFile

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Written(NamedTuple):
    """A cell, the price that a person reads in it (`None`: no single one), and further keys of the feed file."""

    html: str
    price: str | None
    keys: str = ""


GRADIENT = "background:linear-gradient(90deg,#06c,#c06);background-clip:text;color:transparent"
HIDE = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap"
COVER = "position:absolute;inset:0;background:#eee"
STYLE = "<style>q { quotes: none; position: relative }</style>"

READ = [
    # One number, however it is put together.
    Written("7,204.75", "7204.75"),
    Written("<b>7,204</b><b>.75</b>", "7204.75"),
    Written("<i>9</i><i>8</i><i>.</i><i>1</i>", "98.1"),
    Written("<span>0.91</span><big>27</big><sup>4</sup>", "0.91274"),
    Written("83<!-- live -->.<!-- -->15", "83.15"),
    Written("61,40<font color=red>2.5</font>", "61402.5"),
    Written("$ <b>48.05</b> <small>USD</small>", "48.05"),
    Written("<sup>€</sup>48.05", "48.05"),
    Written("<em>−</em>3.25", "-3.25"),
    Written("<span>2 860</span><small>,40</small>", "2860.40", 'format = "1 234,56"'),
    Written("<span>114'</span><span>21</span>", "114.65625", 'format = "32"'),
    Written("114'21<sup>5</sup>", "114.671875", 'format = "32"'),
    Written("<x-wrap><template shadowrootmode=open><p><slot></slot></p></template>19.95</x-wrap>", "19.95"),
    Written("<math><mn>19.95</mn></math>", "19.95"),
    # Letters that are painted by something else than their colour.
    Written(f"<p style='{GRADIENT}'><b>19</b>.95</p>", "19.95"),
    Written("<p style='color:transparent;text-shadow:0 0 #000'>19.95</p>", "19.95"),
    Written("<p style='color:transparent'><svg height=20><text y=15 fill=red>19.95</text></svg></p>", "19.95"),
    # Turned so that it can still be read.
    Written("<p style='scale:1 -1;transform:translate(1%,calc(1px + 1%)) scaleY(-1)'>3.5</p>", "3.5"),
    Written("<p dir=rtl>١٬٢٩٩٫٥٠ ر.س</p>", "1299.50", 'unit = "ر.س"'),
    Written("<p style='writing-mode:vertical-rl;transform:rotate(180deg)'>19.95</p>", "19.95"),
    Written("<svg height=20><text y=15 x='0 9 18 22 31'>19.95</text></svg>", "19.95"),
    Written("<del><b style='display:inline-block'>19.95</b></del>", "19.95"),
    Written("<svg width=80 height=20><text y=15><tspan>19</tspan><tspan>.95</tspan></text></svg>", "19.95"),
    # Hidden twins.
    Written("<span hidden>655</span>655.5", "655.5"),
    Written(f"<span style='{HIDE}'>655.5</span><span aria-hidden=true>655.5</span>", "655.5"),
    Written("65<i style='display:none'>9</i>5.5", "655.5"),
    Written("655<i style='position:absolute;top:-8000px'>9</i>.5", "655.5"),
    Written("655<i style='font-size:0'>9</i>.5", "655.5"),
    Written("<i style='position:absolute;opacity:0'>641</i>655.5", "655.5"),
    Written("<i style='position:absolute;filter:opacity(0)'>641</i>655.5", "655.5"),
    Written("<i style='position:absolute;clip-path:polygon(0 0,0 0,0 0)'>641</i>655.5", "655.5"),
    Written("<i style='position:absolute;backface-visibility:hidden;transform:rotateX(180deg)'>1</i>655.5", "655.5"),
    Written("655.5<span popover>641</span><dialog>12</dialog><template>7</template>", "655.5"),
    Written("655.5<details><summary></summary>641</details>", "655.5"),
    Written(f"<q>641<b style='{COVER}'></b></q>655.5", "655.5"),
    Written("<s>641</s> <b>655.5</b>", "655.5"),
    Written("<x-wrap><template shadowrootmode=open>655.5</template>641</x-wrap>", "655.5"),
    # No text.
    Written("<svg width=9 height=9><title>7 up</title><path d='M0 9h9L4 0z'/></svg>30.10", "30.10"),
    Written("30.10<svg width=1 height=9><defs><text>7</text></defs><desc>7</desc></svg>", "30.10"),
    Written("30.10<datalist><option>7</datalist><canvas width=1 height=1>7</canvas>", "30.10"),
    Written("30.10<progress value=7 max=9>7</progress><meter value=.7>7</meter>", "30.10"),
    Written("<ruby>30.10<rp>(</rp><rt>7</rt></ruby>", "30.10"),
    Written("30.10<i class=material-icons>trending_up</i>", "30.10"),
    # Generated content.
    Written("<style>.dot::before{content:'.'}</style>30<span class=dot>10</span>", "30.10"),
    Written("<style>.eur::before{content:'€'}</style><span class=eur>30.10</span>", "30.10"),
    Written("<style>.alt::before{content:'' / '7'}</style><span class=alt>30.10</span>", "30.10"),
    Written("<style>.val::after{content:attr(data-p)}</style><span class=val data-p=30.10></span>", "30.10"),
    # Visual order.
    Written("<span style='display:inline-flex;flex-direction:row-reverse'><i>6</i><i>5</i><i>4</i></span>", "456"),
    Written("<span style='display:inline-flex'><i style='order:2'>.5</i><i style='order:1'>46</i></span>", "46.5"),
    Written("<p style='width:9em'><i style='float:right'>.5</i><i style='float:right'>46</i></p>", "46.5"),
    Written("<bdo dir=rtl>5.64</bdo>", "46.5"),
    # Scripts.
    Written("۴۶٫۵", "46.5"),
    Written("４６．５", "46.5"),
]  # fmt: skip

TOLD = [
    # Two things.
    Written("18.40<br>1200", None),
    Written("<div>18.40</div><div>1200</div>", None),
    Written("<span>18.40</span> <span>1200</span>", None),
    Written("<table><tr><td>18<td>40</table>", None),
    Written("<span style='margin-right:2em'>18</span><span>40</span>", None),
    Written("<span style='display:inline-flex;gap:9px'><b>18</b><b>40</b></span>", None),
    Written("18.40 <span>-</span> 18.55", None),
    Written("18.40<sub>1200</sub>", None),
    Written("<b>2,150</b>, <i>300</i>", None),
    Written("18.40<span style='position:absolute;left:0'>1200</span>", None),
    Written("<span style='writing-mode:vertical-rl'><i>18</i> <i>40</i></span>", None),
    Written("18<style>.chg::before{content:'▼'}</style><span class=chg>40</span>", None),
    Written("18<span style='float:right'>40</span>", None),
    # One number for those who know the page.
    Written("74<sup>95</sup>", "74.95"),
    Written("<span>74</span><span class=cents>95</span>", "74.95"),
    Written("74<u style='font-size:.5em'>95</u>", "74.95"),
    Written("7495<sup>3</sup>", "7495"),
    Written("74.95<sup>3</sup>", "74.95"),
    Written("74.95<span style='zoom:.6'>3</span>", "74.95"),
    Written("<i>–</i> 74.95", "74.95"),
    Written("<span>2.</span> <span>74</span>", "74"),
    Written("74<i style='visibility:hidden'>9</i>.95", "74.95"),
    Written("10<sup>4</sup>", "10000"),
    Written("<s>74.95</s>", None),
    Written("<p style='text-decoration:line-through'>74.95</p>", None),
    # Nobody can read these: blurred, mirrored, one over another, not in the order in which they are written.
    Written("<p style='filter:blur(5px)'>74.95</p>", None),
    Written("<p style='transform:rotateY(180deg)'>74.95</p>", None),
    Written("<p style='rotate:180deg'>69.80</p>", None),
    Written("<p style='letter-spacing:-.4em'>74.95</p>", None),
    Written("<svg height=20><text y=15 x='0 40 30 20 10'>74.95</text></svg>", None),
    Written("<svg height=20><text y=15 fill=none>74.95</text></svg>", None),
    Written("<p dir=rtl style='display:inline-flex'><b>12</b><b>.50</b></p>", None),
    Written("<p style='width:5ch;overflow:hidden;white-space:nowrap'><b>74.95</b><b>88</b></p>", None),
    Written("<style>.n::before{content:counter(page)}</style><b class=n>.9</b>", None),
]  # fmt: skip

WITH_KEY = [
    Written("74<sup>95</sup>", "74.95", 'raised = "cents"'),
    Written("<span>74</span><span>95</span>", "74.95", "decimals = 2"),
    Written("74.95<sup>3</sup>", "74.95", 'ignore = "sup"'),
    Written("74.95<br><i>1200</i>", "74.95", 'ignore = "i"'),
    Written("74.95 <small>(+0.4%)</small>", "74.95", 'match = "(.+) \\\\(.+\\\\)"'),
    Written("0.0<small>3</small>418", "0.000418", 'zeros = "subscript"'),
    Written("114<sup>21</sup>", "114.65625", 'raised = "fraction"\nlast.format = "32"'),
]  # fmt: skip


def _symbol(number: int, cell: Written) -> str:
    keys = "".join(f"last.{key}\n" for key in cell.keys.replace("last.", "").split("\n") if key)
    return f'[[symbol]]\nname = "S{number}"\nlast.selector = "#s{number}"\n{keys}'


@pytest.mark.parametrize(("cells", "are_read"), [(READ + WITH_KEY, True), (TOLD, False)], ids=["read", "told"])
async def test_a_cell_is_read_as_a_person_reads_it_or_told(
    browser: Browser, cells: list[Written], are_read: bool
) -> None:
    names = [f"S{number}" for number in range(len(cells))]
    body = "".join(f"<div><div id=s{number}>{cell.html}</div></div>" for number, cell in enumerate(cells))
    async with Site() as site:
        url = site.put("/", f"<!doctype html><meta charset=utf-8><title>cells</title>{STYLE}{body}")
        rules = "".join(_symbol(number, cell) for number, cell in enumerate(cells))
        feed = FeedFile.parse(f'[page]\nurl = "{url}"\n{rules}')
        async with watching(browser, feed, Watched, timings=FAST) as watched:
            await watched.until(lambda: _known(watched) == set(names))
            read = {name: watched.lasts(name) for name in names}
    expected = {name: [cell.price] if are_read else [] for name, cell in zip(names, cells, strict=True)}
    assert {cells[int(name[1:])].html: read[name] for name in names if read[name] != expected[name]} == {}


def _known(watched: Watched) -> set[str]:
    """The symbols with a price, or with a reason for none."""
    symbols = watched.reports[-1].symbols if watched.reports else {}
    told = {name for name, report in symbols.items() if report.state is ProducerState.MISSING and report.reason}
    return told | {quote.symbol for quote in watched.quotes}
