"""`tickql check` with a real browser: prices in pieces, the keys that settle them, and the names of symbols."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from tests.cli.test_check import _checked_json, _feed
from tests.support.site import Site
from tickql.cli.check import Options, check

pytestmark = pytest.mark.long

PAGE = """<!doctype html><meta charset=utf-8><title>12.75 ES</title>
<p><b id=two>12.30<br>400</b> <b id=notes>7.50<sup>1</sup><i class=note>2</i></b> <b id=size>9.25 <i>x</i> 400</b>
<p><b id=whole>35</b><b id=part>00</b> <b id=shown>1.0842 (+0.12%)</b> <input id=in placeholder="4.25%">
<table><tr class=q><td>S&amp;P 500<td><b>5,310</b><sup>25</sup>
<tr class=q><td>日経225<td>39,000.50<tr class=q><td>Dow<td>1.5</table>"""
RULES = r"""
[[symbol]]
name = "TWO"
last = "#two"
[[symbol]]
name = "ES"
ask = { selector = "#notes", ignore = ["sup", ".note"] }
bid = { whole = "#whole", fraction = "#part" }
last = { read = "title", match = "(\\S+) ES" }
[[symbol]]
name = "CL"
ask = { selector = "#size", match = "(.+) x \\d+" }
bid = { selector = "#shown", match = "(\\S+) .+" }
last = { selector = "#in", read = "attr:placeholder", unit = "%" }
[[table]]
rows = "tr.q"
symbol = { selector = "td:nth-child(1)", names = { "S&P 500" = "SPX", "日経225" = "N225" } }
last = { selector = "td:nth-child(2)", raised = "cents" }
"""


async def test_prices_in_pieces_are_read_by_their_keys_and_named_as_the_page_names_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Site() as site:
        feed = _feed(tmp_path, site.put("/", PAGE), RULES)
        live, found = await _checked_json(capsys, Options(feed, seconds=0.1, no_screenshot=True, as_json=True))
    assert not live
    assert {(field["symbol"], field["field"]): field["price"] for field in found["fields"]} == {
        ("TWO", "last"): None,
        ("ES", "ask"): "7.50", ("ES", "bid"): "35.00", ("ES", "last"): "12.75",
        ("CL", "ask"): "9.25", ("CL", "bid"): "1.0842", ("CL", "last"): "4.25",
        ("SPX", "last"): "5310.25", ("N225", "last"): "39000.50",
    }  # fmt: skip
    fields = {field["symbol"]: field for field in found["fields"]}
    assert (fields["SPX"]["name"], fields["CL"]["name"]) == ("S&P 500", None)
    assert fields["TWO"]["raw"] == "'12.30' and, on another line, '400'"
    assert fields["TWO"]["reason"].startswith(
        "last: \"#two\" shows '12.30' and, on another line, '400': choose one with"
    )
    assert {field["reason"] for symbol, field in fields.items() if symbol != "TWO"} == {None}


async def test_people_see_pieces_in_words_and_never_their_markers(tmp_path: Path) -> None:
    said = io.StringIO()
    async with Site() as site:
        feed = _feed(tmp_path, site.put("/", PAGE), RULES)
        await check(Options(feed, seconds=0.1, no_screenshot=True), Console(file=said, width=200))
    assert "\x1f" not in said.getvalue()
    assert "x1f" not in said.getvalue()
    assert "SPX (S&P 500)" in said.getvalue()
