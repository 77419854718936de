"""`tickql discover` in a real browser: the fixture pages, the demo board, and pages without prices."""

import asyncio
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import msgpack
import pytest
from playwright.async_api import Browser
from rich.console import Console

from tests.producer.discover.pages import PAGES, FixtureSite
from tests.producer.discover.working import discovered, verdict
from tests.support import demo_market
from tests.support.exchange import OPEN, Exchange
from tickql.cli.discover import Options, discover_prices
from tickql.cli.errors import TickqlError
from tickql.cli.page_options import PageOptions
from tickql.feed.embedded.ports import free_port
from tickql.producer.discover.errors import DiscoverError
from tickql.producer.discover.session import discover_in
from tickql.producer.discover.visit import DiscoveryRequest
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.feedfile.stream_rules import StreamRule

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180), pytest.mark.long]


async def test_the_feed_file_of_the_demo_board_equals_the_one_written_by_hand(browser: Browser) -> None:
    async with demo_market.page("--rate", "50") as url:
        feed = await discovered(browser, url, 2.0)
    by_hand = FeedFile.load(Path(demo_market.__file__).parents[2] / "demo" / "feed.toml")
    assert {rule.price_format("ask").name for rule in feed.rules} == {
        rule.price_format("ask").name for rule in by_hand.rules
    }
    text = json.dumps(feed.observed())
    assert 'tr[data-symbol]:not([data-symbol=\\"ZN\\"])' in text
    assert [rule.observed()["fields"]["ask"][0]["selector"] for rule in feed.rules] == [".ask", ".ask"]


@pytest.mark.discover
async def test_every_fixture_page_gives_a_feed_file_that_works_unedited(browser: Browser, pages: FixtureSite) -> None:
    slots = asyncio.Semaphore(3)

    async def judged(name: str) -> list[str]:
        async with slots:
            return await verdict(browser, pages.page(name), name)

    verdicts = dict(zip(PAGES, await asyncio.gather(*map(judged, PAGES)), strict=True))
    for name, faults in verdicts.items():
        if faults and not any("never shown" in fault for fault in faults):
            verdicts[name] = await judged(name)  # a busy machine may need the page to run alone
    assert {name: faults for name, faults in verdicts.items() if faults} == {}


@pytest.mark.discover
async def test_a_page_in_a_frame_gives_a_feed_file_that_works_unedited(browser: Browser, pages: FixtureSite) -> None:
    assert await verdict(browser, pages.page("frame"), "frame", 1.5) == []


async def test_streams_in_several_framings_give_a_feed_file_that_works_unedited(browser: Browser) -> None:
    frames: dict[str, Callable[[str], str | bytes]] = {
        "io": lambda price: f'42["quote",{{"symbol":"ES","last":{price}}}]',
        "hub": lambda price: f'{{"type":1,"target":"Quote","arguments":[{{"symbol":"NQ","last":{price}}}]}}\x1e',
        "pack": lambda price: msgpack.packb({"symbol": "YM", "last": float(price)}),
        "text": lambda price: json.dumps({"data": json.dumps({"symbol": "ZB", "last": float(price)})}),
        "pair": lambda price: f'{{"symbol":"CL","last":{price}}}\n{{"symbol":"GC","last":{price}}}',
    }

    async def send(exchange: Exchange) -> None:
        for number in itertools.count():
            for name, frame in frames.items():
                await exchange.send(name, frame(f"{number}.50"))
            await asyncio.sleep(0.05)  # the pace of the market, not a wait

    async with Exchange() as exchange:
        url = exchange.put("/", f"<script>{OPEN} {list(frames)}.forEach(open)</script>", kind="text/html")
        sending = asyncio.create_task(send(exchange))
        feed = await discovered(browser, url, 4.0)
        sending.cancel()
    rules = [rule for rule in feed.rules if isinstance(rule, StreamRule)]
    assert {rule.url.rpartition("/")[2]: rule.framing_text for rule in rules} == {
        "io": "socket.io", "hub": "signalr", "pack": None, "text": None, "pair": None,
    }  # fmt: skip
    assert "parse(data)" in [rule.each.expression for rule in rules if rule.each is not None]


async def test_of_the_messages_only_those_prices_are_taken_that_the_page_shows(browser: Browser) -> None:
    async def send(exchange: Exchange) -> None:
        for number in itertools.count():
            for symbol in ("ES", "NQ"):
                cents = {"ES": "50", "NQ": "25"}[symbol]
                message = f'{{"symbol":"{symbol}","ask":{9000 - number}.75,"last":{5000 + number}.{cents}}}'
                await exchange.send("quotes", message)
            await asyncio.sleep(0.05)  # the pace of the market, not a wait

    script = """<p><b></b> or <b></b><script>
      new WebSocket(`ws://${location.host}/ws/quotes`).onmessage = ({ data }) => {
        const { symbol, last } = JSON.parse(data), [one, other] = document.querySelectorAll("b");
        if (symbol === "ES") [one.textContent, other.textContent] = [last.toFixed(2), (3 * last).toFixed(2)];
      }</script>"""
    async with Exchange() as exchange:
        url = exchange.put("/", script, kind="text/html")
        sending = asyncio.create_task(send(exchange))
        request = DiscoveryRequest(PageSettings(url=url), Path("feed.toml"), 4.0)
        found = await discover_in(browser, request, lambda findings, seconds: None)
        sending.cancel()
    (stream,) = found.findings.streams
    assert (stream.names, [*stream.picks]) == (("ES",), ["last"])
    assert "does not show" in " ".join(found.findings.notes)
    (rule,) = FeedFile.parse(found.text).rules
    assert isinstance(rule, StreamRule)
    assert rule.named_symbols == ("ES",)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/forever", "redirects without end"),
        ("/locked", "needs a login (HTTP 401)"),
        ("/missing.html", "the server answers HTTP 404"),
        ("/market.js", "not an HTML page"),
        ("/login.html", "needs a login: it asks for a password"),
        ("/nothing.html", "no prices found; seen instead: no numbers"),
    ],
)
async def test_a_page_without_prices_is_explained_in_one_line(
    browser: Browser, pages: FixtureSite, path: str, words: str
) -> None:
    request = DiscoveryRequest(PageSettings(url=pages.address + path), Path("feed.toml"), 1.0)
    with pytest.raises(DiscoverError) as raised:
        await discover_in(browser, request, lambda findings, seconds: None)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.brief
async def test_an_address_that_does_not_answer_is_reported(browser: Browser) -> None:
    request = DiscoveryRequest(PageSettings(url=f"http://127.0.0.1:{free_port()}/"), Path("feed.toml"), 1.0)
    with pytest.raises(DiscoverError, match="the page does not load: nothing listens at its address"):
        await discover_in(browser, request, lambda findings, seconds: None)


@pytest.mark.brief
async def test_an_existing_feed_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "feed.toml"
    path.write_text("mine")
    with pytest.raises(TickqlError, match="--force"):
        await discover_prices(Options("http://127.0.0.1:9/", path), Console())
    assert path.read_text() == "mine"


@pytest.mark.brief
async def test_a_file_that_cannot_be_written_and_a_wrong_locale_are_reported_before_the_page_is_opened(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    beside = Options("http://127.0.0.1:9/", tmp_path / "file" / "feed.toml")
    with pytest.raises(TickqlError, match=r"feed\.toml cannot be written: file exists"):
        await discover_prices(beside, Console())
    wrong = Options("http://127.0.0.1:9/", tmp_path / "feed.toml", page=PageOptions(locale="deutsch!"))
    with pytest.raises(TickqlError, match=r"^locale: 'deutsch!' is not a valid locale, for example locale = .de-DE.$"):
        await discover_prices(wrong, Console())
    assert not (tmp_path / "feed.toml").exists()


@pytest.mark.discover
async def test_a_narrow_terminal_cuts_no_price_and_no_name(
    pages: FixtureSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await discover_prices(Options(pages.page("cards"), tmp_path / "cards.toml", seconds=1.5), Console(width=60))
    output = capsys.readouterr().out
    assert "…" not in output.partition("wrote ")[0]
    assert all(symbol in output for symbol, _ in PAGES["cards"].wanted())


async def test_programs_get_json_a_feed_file_and_a_picture(
    pages: FixtureSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cards.toml"
    await discover_prices(Options(pages.page("cards"), path, seconds=1.5, as_json=True), Console(width=80))
    output = json.loads(capsys.readouterr().out)
    assert {(each["symbol"], each["field"].lower()) for each in output["prices"]} == PAGES["cards"].wanted()
    assert FeedFile.load(path).page.url == pages.page("cards")
    assert (tmp_path / "cards.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.discover
async def test_a_file_with_an_ambiguous_format_is_written_but_the_command_fails(
    pages: FixtureSite, tmp_path: Path
) -> None:
    path = tmp_path / "feed.toml"
    with pytest.raises(TickqlError, match="a price is left out: choose in the file how to read"):
        await discover_prices(Options(pages.page("ambiguous"), path, seconds=1.5), Console(quiet=True))
    assert "AMBIGUOUS" in path.read_text()
