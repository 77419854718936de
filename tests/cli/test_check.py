"""`tickql check` sees what the producer sees, and says so for each price; its exit code is for CI."""

import asyncio
import io
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.support.exchange import OPEN, Exchange
from tests.support.site import Site
from tickql.cli.check import Options, check
from tickql.cli.main import main
from tickql.feed.embedded.ports import free_port
from tickql.producer.capture.messages import FieldPlace, Heartbeat
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.health.symbol_health import empty_groups

pytestmark = pytest.mark.long

MIXED = """<!doctype html><meta charset=utf-8><title>Mixed board</title>
<p>ES <b id=a>1.25</b> <b>1.00</b> <b class=l>soon</b></p>
<table><tr class=q data-s=NQ><td class=ask>152,345<td class=bid>7.0
<tr class=q data-s=CL><td class=ask>72.1</table><table id=empty></table>
<div class=box><small>ASK</small><i>9.5</i></div><div class=box><small>BID</small><i>-</i></div>
<script>let n = 0; setInterval(() => { a.textContent = (1 + ++n / 100).toFixed(2); }, 20);</script>"""
MIXED_RULES = """
[[symbol]]
name = "ES"
ask = ["#nope", "#a"]
bid = "b"
last = ".l"
[[table]]
rows = "tr.q"
symbol = { attribute = "data-s" }
ask = ".ask"
bid = ".bid"
[[labelled]]
box = ".box"
label = "small"
value = "i"
labels = { ask = "ASK", bid = "BID", last = "LAST" }
symbol = "YM"
"""
ROWS = "".join(f"<tr data-s=S{number}><td>{number}.50<td>{number}.25" for number in range(20))
TABLE = f"""<!doctype html><title>Table</title><table id=t>{ROWS}</table><script>
let n = 0; setInterval(() => {{ t.rows[0].cells[0].textContent = (++n / 100).toFixed(2); }}, 20);</script>"""
TABLE_RULES = """
[[table]]
rows = "tr"
symbol = { attribute = "data-s" }
ask = "td:nth-child(1)"
bid = "td:nth-child(2)"
"""


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


def _feed(folder: Path, url: str, rules: str) -> Path:
    path = folder / "my.toml"
    path.write_text(f'[page]\nurl = "{url}"\n{rules}')
    return path


async def _checked_json(capsys: pytest.CaptureFixture[str], options: Options) -> tuple[bool, dict[str, Any]]:
    async with asyncio.timeout(50):
        live = await check(options, Console(quiet=True))
    return live, json.loads(capsys.readouterr().out)


@pytest.mark.brief
async def test_each_price_is_told_as_the_producer_sees_it(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = _feed(tmp_path, site.put("/", MIXED), MIXED_RULES)
    live, found = await _checked_json(capsys, Options(feed, seconds=0.5, as_json=True))
    assert not live
    assert (found["live"], found["state"]) == (False, "MISSING")
    assert found["page"] == f"'Mixed board' at {site.url('/')}"
    fields = {(field["symbol"], field["field"]): field for field in found["fields"]}
    keys = ("state", "matches", "selector", "raw", "price")
    assert {place: tuple(field[key] for key in keys) for place, field in fields.items()} == {
        ("ES", "ask"): ("LIVE", 1, "#a", fields["ES", "ask"]["raw"], fields["ES", "ask"]["price"]),
        ("ES", "bid"): ("MISSING", 3, "b", None, None),
        ("ES", "last"): ("MISSING", 1, ".l", "soon", None),
        ("NQ", "ask"): ("MISSING", 1, ".ask", "152,345", None),
        ("NQ", "bid"): ("LIVE", 1, ".bid", "7.0", "7.0"),
        ("CL", "ask"): ("LIVE", 1, ".ask", "72.1", "72.1"),
        ("CL", "bid"): ("MISSING", 0, ".bid", None, None),
        ("YM", "ask"): ("LIVE", 1, "i", "9.5", "9.5"),
        ("YM", "bid"): ("LIVE", 1, "i", "-", None),
        ("YM", "last"): ("MISSING", 0, "i", None, None),
    }
    assert fields["ES", "ask"]["candidate"] == 1
    assert float(fields["ES", "ask"]["price"]) > 1.25
    assert fields["ES", "ask"]["changes_per_s"] > 0
    assert fields["NQ", "bid"]["changes_per_s"] == 0
    assert fields["ES", "last"]["unparsed"] == 1
    assert fields["NQ", "ask"]["rule"] == "[[table]] #1"
    assert {field["reason"] for field in fields.values() if field["state"] != "LIVE"} == {
        'bid: "b" matches 3 elements, it should match one',
        "last: \".l\" shows 'soon': it does not match the format 1,234.56 or 1234.56",
        "ask: \".ask\" shows '152,345': its comma may group or divide: give the field a format, 1,234.56 or 1.234,56",
        'bid: ".bid" matches nothing in the row',
        'last: none of the boxes ".box" has the label "LAST" and one "i"',
    }
    assert found["screenshot"] == str(tmp_path / "my.check.png")
    assert sorted(os.listdir(tmp_path)) == ["my.check.png", "my.toml"]


async def test_a_large_table_is_summed_up_and_well(site: Site, tmp_path: Path) -> None:
    feed, said = _feed(tmp_path, site.put("/", TABLE), TABLE_RULES), io.StringIO()
    options = Options(feed, seconds=0.5)
    async with asyncio.timeout(50):
        assert await check(options, Console(file=said, width=120))
    lines = said.getvalue().splitlines()
    assert any(line.split()[:5] == ["S0", "+19", "ask", "20/20", "td:nth-child(1)"] for line in lines), lines
    assert any(line.split()[:5] == ["S0", "+19", "bid", "20/20", "td:nth-child(2)"] for line in lines)
    assert lines[-1].startswith("40 of 40 prices LIVE, ")
    assert os.listdir(tmp_path) == ["my.toml"], "no picture where nothing is wrong"


async def test_a_price_in_a_hidden_part_of_the_page_is_read_and_told(site: Site, tmp_path: Path) -> None:
    url = site.put("/tabs", "<!doctype html><b id=a>5</b><p hidden><b id=b>12<sup>99</sup></b><i id=c>4.25</i></p>")
    rules = '[[symbol]]\nname = "ES"\nask = "#a"\nbid = "#b"\nlast = "#c"\n'
    output = io.StringIO()
    async with asyncio.timeout(50):
        await check(Options(_feed(tmp_path, url, rules), 1, no_screenshot=True), Console(file=output, width=200))
    assert "2 prices hidden on the page, read by structure only: ES bid, ES last" in output.getvalue()
    assert "4.25" in output.getvalue()
    assert "'12' and raised '99'" in output.getvalue()


@pytest.mark.long
async def test_messages_that_are_not_read_whole_are_told_and_all_others_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = '[[stream]]\nfrom = "websocket"\nurl = "*/ws/{}"\nsymbol = "s"\nlast = "p"\n'
    async with Exchange() as exchange, asyncio.TaskGroup() as sending:
        page = exchange.put("/", f"<script>{OPEN} open('whole'); open('cut')</script>", kind="text/html")
        feed = _feed(tmp_path, page, rule.format("whole") + rule.format("cut"))
        for name, text in {"whole": '{"s":"NQ","p":3}', "cut": '{"s":"YM","p":'}.items():
            frames = ['{"s":"ES","p":1}', '{"s":"ES","p":2}\n' + text]
            frames = frames if name == "whole" else [frame.replace("ES", "ZB") for frame in [*frames, frames[0]]]
            sending.create_task(exchange.send(name, *frames))
        # Two heartbeats at least: the producer's own report of the broken message is over by then.
        live, found = await _checked_json(capsys, Options(feed, seconds=2.5, as_json=True, no_screenshot=True))
    assert {field["symbol"]: field["price"] for field in found["fields"]} == {"ES": "2", "NQ": "3", "ZB": "1"}
    assert {field["state"] for field in found["fields"]} == {"LIVE"}
    assert (live, found["state"]) == (False, "DEGRADED")
    assert found["reason"].startswith("[[stream]] #2: 1 of 3 messages were not read whole; unreadable message: ")
    assert "[[stream]] #1" not in found["reason"]


@pytest.mark.parametrize(
    ("rules", "code"), [("[[symbol]]\nnme = 1", 2), ('[[symbol]]\nname = "ES"\nask = "a >> >>"', 2)]
)
def test_a_feed_file_that_cannot_be_used_is_exit_code_2(
    tmp_path: Path, rules: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = _feed(tmp_path, "http://localhost/", rules)
    monkeypatch.setattr("sys.argv", ["tickql", "check", str(feed)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    said = capsys.readouterr().err
    assert said.startswith(f"tickql: {feed}: ")
    assert said.count("\n") == 1


@pytest.mark.brief
def test_a_page_that_does_not_load_is_exit_code_1_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = _feed(tmp_path, f"http://127.0.0.1:{free_port()}/", TABLE_RULES)
    monkeypatch.setattr("sys.argv", ["tickql", "check", str(feed), "--json", "--no-screenshot"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["live"], found["state"], found["fields"], found["screenshot"]) == (False, "STALE", [], None)
    assert found["reason"].startswith("the page does not load: nothing listens at its address")
    assert os.listdir(tmp_path) == ["my.toml"]


@pytest.mark.brief
@pytest.mark.parametrize(
    ("group", "places", "why"),
    [
        (None, {}, '[[table]] #1: rows "tr" matches nothing'),
        ((1, 1), {}, '[[table]] #1: rows "tr" matches 1, but none of them contains a symbol'),
        ((2, 1), {}, '[[table]] #1: rows "tr" matches 2, but none of them contains any of the prices'),
        ((2, 1), {(0, "ES"): (FieldPlace(1, 0), None, None)}, None),
    ],
)
def test_a_table_without_prices_says_what_it_lacks(
    group: tuple[int, int] | None, places: dict[tuple[int, str], tuple[FieldPlace | None, ...]], why: str | None
) -> None:
    feed = FeedFile.parse(f'page.url = "http://localhost/"\n{TABLE_RULES}')
    groups = {0: group} if group else {}
    heartbeat = Heartbeat(1, 1, 1, True, "", "", True, None, False, 0, 0, 0, 0, None, (), groups, places)
    assert list(empty_groups(feed, {1: heartbeat})) == ([why] if why else [])
