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


async def test_fetched_event_streams_are_read_completely_and_in_order(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{FETCH} follow('/sse/quotes?zip')", EVENTS)
    text = "".join(f'id: {n}\ndata: {{"s": "ES", "x": "€",\ndata:  "p": {n}.10}}\n\n' for n in range(200)).encode()
    await exchange.stream("quotes", *(text[at : at + 7] for at in range(0, len(text), 7)))
    await board.until_last("199.10")
    assert board.lasts() == [f"{n}.10" for n in range(200)]
    times = [tick.observed_us for tick in board.quotes]
    assert times == sorted(times)


@pytest.mark.long
@pytest.mark.parametrize("page", [FETCH, XHR], ids=["fetch", "xhr"])
async def test_lines_are_read_while_they_arrive(exchange: Exchange, watch: Watching, page: str) -> None:
    board = await watch(f"{page} follow('/lines/quotes')", LINES)
    for number in range(5):
        await exchange.stream("quotes", f'{{"s": "ES", "p": {number}.10}}\n')
        await board.until_last(f"{number}.10")
    await exchange.stream("quotes", '{"s": "ES", "a": 2}')
    await exchange.close_all("quotes")
    await board.until_prices("2", None, "4.10")
    await board.until_reason("no NDJSON stream")


@pytest.mark.long
async def test_a_stream_that_ends_before_its_content_is_requested_is_read(exchange: Exchange, watch: Watching) -> None:
    exchange.put("/lines.json", '{"s": "ES", "p": 1}\n{"s": "ES", "p": 2}')
    board = await watch(
        f"{FETCH} (async () => {{ await follow('/lines.json') }})()", LINES.replace("/lines/quotes", "/lines.json")
    )
    await board.until_last("2")
    assert board.lasts() == ["1", "2"]
    await board.until_state(ProducerState.MISSING)


@pytest.mark.long
async def test_a_fetched_event_stream_is_parsed_as_the_browser_parses_an_event_source(
    exchange: Exchange, watch: Watching
) -> None:
    rule = EVENTS + 'event = "quote"\n'
    fetched = await watch(f"{FETCH} follow('/sse/quotes')", rule)
    source = await watch("new EventSource('/sse/quotes')", rule)
    await exchange.until(lambda: len(exchange.event_streams["quotes"]) == 2)
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
    await exchange.stream("quotes", *(text[at : at + 3] for at in range(0, len(text), 3)))
    for board in (fetched, source):
        await board.until_last("8")
    assert fetched.lasts() == source.lasts() == ["1", "2", "5", "6", "7", "8"]


@pytest.mark.long
async def test_a_stream_that_the_page_aborts_is_reported(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{FETCH} follow('/lines/quotes')", LINES)
    await exchange.stream("quotes", '{"s": "ES", "a": 2, "p": 1}\n', '{"s": "ES", "p":')
    await board.until_state(ProducerState.LIVE)
    await board.run("stop.abort()")
    await board.until_reason("no NDJSON stream")
    assert board.lasts() == ["1"]


@pytest.mark.long
async def test_a_stream_larger_than_the_browsers_buffer_is_read_to_its_end(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{FETCH} follow('/lines/quotes')", LINES)
    for number in range(15):
        await exchange.stream("quotes", f'{{"s": "ES", "p": {number}, "x": "{"x" * 1_000_000}"}}\n')
        await board.until_last(str(number))
    assert board.lasts() == [str(number) for number in range(15)]


@pytest.mark.long
async def test_a_refused_stream_is_reported_with_its_status(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{FETCH} follow('/nosuch')", EVENTS.replace("/sse/quotes", "/nosuch"))
    await board.until_reason('[[stream]] #1: event stream "*/nosuch*": HTTP 404 Not Found')


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "kind", "reason"),
    [
        ("/lines/quotes", "sse", "the response is application/x-ndjson, not an event stream"),
        ("/sse/quotes", "ndjson", 'the response is an event stream: read it with from = "sse"'),
        ("/sse/quotes", "json", 'the response is an event stream: read it with from = "sse"'),
    ],
)
async def test_a_rule_of_the_wrong_kind_is_reported_with_the_type_of_the_response(
    exchange: Exchange, watch: Watching, path: str, kind: str, reason: str
) -> None:
    board = await watch(f"{FETCH} follow('{path}')", f'[[stream]]\nfrom = "{kind}"\nurl = "*{path}"\n{RECORD}')
    await board.until_reason(reason)
