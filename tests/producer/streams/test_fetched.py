"""Prices from streams that a page reads with `fetch` or `XMLHttpRequest`: server-sent events and NDJSON."""

import pytest

from tests.support.exchange import Exchange
from tests.support.watching import Watching
from tickql.feed.status import ProducerState

pytestmark = pytest.mark.asyncio(loop_scope="session")

FETCH = """
window.follow = async (path) => {
  window.stop = new AbortController();
  const reader = (await fetch(path, { method: "POST", signal: stop.signal })).body.getReader();
  while (!(await reader.read()).done) {}
};"""
XHR = "const follow = (path) => { const r = new XMLHttpRequest(); r.open('GET', path); r.send() };"
RECORD = 'symbol = "s"\nask = "a"\nlast = "p"\n'
EVENTS = f'[[stream]]\nfrom = "sse"\nurl = "*/sse/quotes*"\n{RECORD}'
LINES = f'[[stream]]\nfrom = "ndjson"\nurl = "*/lines/quotes*"\n{RECORD}'


async def test_event_streams_that_are_fetched_are_read_whole_and_in_order(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{FETCH} follow('/sse/quotes?zip')", EVENTS)
    text = "".join(f'id: {n}\ndata: {{"s": "ES", "x": "€",\ndata:  "p": {n}.10}}\n\n' for n in range(200)).encode()
    await exchange.tell("quotes", *(text[at : at + 7] for at in range(0, len(text), 7)))
    await board.until_last("199.10")
    assert board.lasts() == [f"{n}.10" for n in range(200)]
    times = [tick.observed_us for tick in board.quotes]
    assert times == sorted(times)


@pytest.mark.long
@pytest.mark.parametrize("page", [FETCH, XHR], ids=["fetch", "xhr"])
async def test_lines_are_read_while_they_come(exchange: Exchange, watch: Watching, page: str) -> None:
    board = await watch(f"{page} follow('/lines/quotes')", LINES)
    for number in range(5):
        await exchange.tell("quotes", f'{{"s": "ES", "p": {number}.10}}\n')
        await board.until_last(f"{number}.10")
    await exchange.tell("quotes", '{"s": "ES", "a": 2}')
    await exchange.hang_up("quotes")
    await board.until_prices("2", None, "4.10")
    await board.until_reason("no NDJSON stream")


@pytest.mark.long
async def test_a_stream_that_is_over_before_it_can_be_asked_for_is_read(exchange: Exchange, watch: Watching) -> None:
    exchange.put("/lines.json", '{"s": "ES", "p": 1}\n{"s": "ES", "p": 2}')
    board = await watch(
        f"{FETCH} (async () => {{ await follow('/lines.json') }})()", LINES.replace("/lines/quotes", "/lines.json")
    )
    await board.until_last("2")
    assert board.lasts() == ["1", "2"]
    await board.until_state(ProducerState.MISSING)


@pytest.mark.long
async def test_what_is_fetched_is_taken_apart_as_the_browser_takes_an_event_source_apart(
    exchange: Exchange, watch: Watching
) -> None:
    rule = EVENTS + 'event = "quote"\n'
    fetched = await watch(f"{FETCH} follow('/sse/quotes')", rule)
    source = await watch("new EventSource('/sse/quotes')", rule)
    await exchange.until(lambda: len(exchange.sources["quotes"]) == 2)
    text = (
        'event: quote\rdata: {"s": "ES",\rdata: "p": 1}\r\r'
        'event: quote\r\ndata:{"s": "ES", "p": 2}\r\n\r\n'
        ':comment\nevent:quote\nid: 7\nretry: 20\ndata:  {"s": "€", "p": 2}\n\n'
        'data: {"s": "ES", "p": 3}\n\n'
        "event: quote\n\n"
        'event: quote\nevent: trade\ndata: {"s": "ES", "p": 4}\n\n'
        'event: trade\nevent: quote\ndata: {"s": "ES", "p": 5}\n \n\n'
        'event: quote\nData: 7\ndata\n data: 7\ndata : 7\ndata:{"s": "ES", "p": 6}\n\n'
        'event: quote\n\ufeffdata: 7\ndata: {"s": "ES", "p": 7}\n\n'
        'event: quote\ndata: {"s": "ES", "p": 8}\n\n'
    ).encode()
    await exchange.tell("quotes", *(text[at : at + 3] for at in range(0, len(text), 3)))
    for board in (fetched, source):
        await board.until_last("8")
    assert fetched.lasts() == source.lasts() == ["1", "2", "5", "6", "7", "8"]


@pytest.mark.long
async def test_a_stream_that_the_page_breaks_off_is_said(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{FETCH} follow('/lines/quotes')", LINES)
    await exchange.tell("quotes", '{"s": "ES", "a": 2, "p": 1}\n', '{"s": "ES", "p":')
    await board.until_state(ProducerState.LIVE)
    await board.run("stop.abort()")
    await board.until_reason("no NDJSON stream")
    assert board.lasts() == ["1"]


@pytest.mark.long
async def test_a_stream_larger_than_what_the_browser_keeps_is_read_on(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{FETCH} follow('/lines/quotes')", LINES)
    for number in range(15):
        await exchange.tell("quotes", f'{{"s": "ES", "p": {number}, "x": "{"x" * 1_000_000}"}}\n')
        await board.until_last(str(number))
    assert board.lasts() == [str(number) for number in range(15)]


@pytest.mark.long
async def test_a_stream_that_is_refused_says_why(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{FETCH} follow('/nosuch')", EVENTS.replace("/sse/quotes", "/nosuch"))
    await board.until_reason('[[stream]] #1: event stream "*/nosuch*": HTTP 404 Not Found')


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "kind", "said"),
    [
        ("/lines/quotes", "sse", "the response is application/x-ndjson, not an event stream"),
        ("/sse/quotes", "ndjson", 'the response is an event stream: read it with from = "sse"'),
        ("/sse/quotes", "json", 'the response is an event stream: read it with from = "sse"'),
    ],
)
async def test_a_rule_for_another_kind_is_told_what_comes(
    exchange: Exchange, watch: Watching, path: str, kind: str, said: str
) -> None:
    board = await watch(f"{FETCH} follow('{path}')", f'[[stream]]\nfrom = "{kind}"\nurl = "*{path}"\n{RECORD}')
    await board.until_reason(said)
