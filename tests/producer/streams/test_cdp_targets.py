"""Streams in frames of other sites and in workers."""

import pytest

from tests.support.exchange import Exchange
from tests.support.watching import Watching
from tickql.feed.status import ProducerState

pytestmark = pytest.mark.asyncio(loop_scope="session")

RECORD = 'symbol = "s"\nlast = "p"\n'
RULES = f"""
[[stream]]
from = "sse"
url = "*/sse/quotes*"
{RECORD}
[[stream]]
from = "json"
url = "*/api/*"
{RECORD}
[[stream]]
from = "ndjson"
url = "*/lines/quotes*"
{RECORD}
[[stream]]
from = "websocket"
url = "*/ws/quotes"
{RECORD}
"""
LISTEN = """
new WebSocket(`ws://${location.host}/ws/quotes`);
new EventSource("/sse/quotes");
fetch("/api/quotes").then((answer) => answer.text());
(async () => { const reader = (await fetch("/lines/quotes")).body.getReader(); for (;;) await reader.read() })();
"""


async def test_a_frame_of_another_site_is_observed_from_its_first_request(exchange: Exchange, watch: Watching) -> None:
    exchange.put("/inner", f"<script>{LISTEN}</script>", kind="text/html")
    exchange.put("/outer", f"<iframe src='{exchange.url('/inner')}'></iframe>", kind="text/html")
    exchange.put("/api/quotes", '{"s": "JSON", "p": 1.10}')
    board = await watch("", RULES, body=f"<iframe src='{exchange.url('/outer', host='localhost')}'></iframe>")
    await exchange.until(lambda: len(exchange.event_streams["quotes"]) == 2)
    await exchange.stream("quotes", 'data: {"s": "SSE", "p": 2.10}\n\n', '{"s": "LINES", "p": 3.10}\n')
    await exchange.send("quotes", '{"s": "WS", "p": 4.10}')
    await board.until(lambda: {quote.symbol for quote in board.quotes} >= {"JSON", "SSE", "LINES", "WS"})
    prices = {quote.symbol: quote.last for quote in board.quotes}
    assert prices == {"JSON": "1.10", "SSE": "2.10", "LINES": "3.10", "WS": "4.10"}


async def test_the_requests_of_a_worker_are_observed(exchange: Exchange, watch: Watching) -> None:
    exchange.put("/sse/quotes/1", 'retry: 100\ndata: {"s": "SSE", "p": 2.10}\n\n', kind="text/event-stream")
    exchange.put("/lines/quotes/1", '{"s": "LINES", "p": 3.10}\n', kind="application/x-ndjson")
    exchange.put("/api/quotes", '{"s": "JSON", "p": 1.10}')
    # The first request of a worker may be missed: it asks again and again.
    script = """
    new EventSource("/sse/quotes/1");
    const ask = async (path) => (await fetch(path)).text();
    setInterval(() => { ask("/lines/quotes/1"); ask("/api/quotes") }, 100);
    """
    exchange.put("/worker.js", script, kind="text/javascript")
    board = await watch("new Worker('/worker.js')", RULES)
    await board.until(lambda: {quote.symbol for quote in board.quotes} >= {"JSON", "SSE", "LINES"})


@pytest.mark.long
async def test_the_prices_of_a_removed_frame_are_forgotten(exchange: Exchange, watch: Watching) -> None:
    exchange.put("/inner", f"<script>{LISTEN}</script>", kind="text/html")
    exchange.put("/api/quotes", '{"s": "JSON", "p": 1.10}')
    board = await watch("", RULES, body=f"<iframe src='{exchange.url('/inner', host='localhost')}'></iframe>")
    await exchange.until(lambda: len(exchange.event_streams["quotes"]) == 2)
    await exchange.stream("quotes", 'data: {"s": "SSE", "p": 2.10}\n\n')
    await board.until_state(ProducerState.LIVE, "SSE")
    await board.until_state(ProducerState.LIVE, "JSON")
    await board.run("document.querySelector('iframe').remove()")
    await board.until_state(ProducerState.MISSING, "SSE")
    await board.until_state(ProducerState.MISSING, "JSON")


SOCKETS = f"""
[[stream]]
from = "websocket"
url = "*/ws/*"
{RECORD}"""
OPEN = "<script>new WebSocket(`ws://${location.host}/ws/NAME`)</script>"


@pytest.mark.parametrize("leaving", ["remove()", "src = '/elsewhere'", "src = 'http://127.0.0.2:PORT/elsewhere'"])
async def test_a_socket_of_a_frame_of_another_site_closes_with_the_frame(
    exchange: Exchange, watch: Watching, leaving: str
) -> None:
    exchange.put("/elsewhere", "<p>elsewhere</p>", kind="text/html")
    exchange.put("/inner", OPEN.replace("NAME", "inner"), kind="text/html")
    frame = f"<iframe src='{exchange.url('/inner', host='localhost')}'></iframe>"
    board = await watch("new WebSocket(`ws://${location.host}/ws/outer`)", SOCKETS, body=frame)
    await exchange.send("outer", '{"s": "ES", "p": 1}')
    await exchange.send("inner", '{"s": "NQ", "p": 2}')
    await board.until_state(ProducerState.LIVE, "NQ")
    await board.run(f"document.querySelector('iframe').{leaving.replace('PORT', str(exchange.port))}")
    assert await board.until_state(ProducerState.MISSING, "NQ") == 'last: "p" has picked nothing yet'
    await exchange.send("outer", '{"s": "ES", "p": 1.5}')
    await board.until_last("1.5")
    await board.until_state(ProducerState.LIVE, "ES")


@pytest.mark.long
async def test_a_socket_of_a_shared_worker_is_not_visible_and_the_status_says_that_none_is_open(
    exchange: Exchange, watch: Watching
) -> None:
    exchange.put("/shared.js", f"new WebSocket('{exchange.url('/ws/quotes', scheme='ws')}')", kind="text/javascript")
    board = await watch("new SharedWorker('/shared.js')", SOCKETS)
    await exchange.send("quotes", '{"s": "ES", "p": 1}')
    await board.until_reason('[[stream]] #1: no WebSocket "*/ws/*" is open')
    assert not board.quotes


@pytest.mark.long
async def test_of_two_sockets_of_one_address_the_remaining_one_is_open_again_with_its_next_message(
    exchange: Exchange, watch: Watching
) -> None:
    exchange.put("/inner", OPEN.replace("NAME", "quotes"), kind="text/html")
    frame = f"<iframe src='{exchange.url('/inner', host='localhost')}'></iframe>"
    board = await watch(
        f"new WebSocket('{exchange.url('/ws/quotes', scheme='ws', host='localhost')}')", SOCKETS, body=frame
    )
    await exchange.until(lambda: len(exchange.sockets["quotes"]) == 2)
    await exchange.send("quotes", '{"s": "ES", "p": 1}')
    await board.until_state(ProducerState.LIVE, "ES")
    await board.run("document.querySelector('iframe').remove()")
    assert await board.until_state(ProducerState.MISSING, "ES") == 'no WebSocket "*/ws/*" is open'
    await exchange.send("quotes", '{"s": "ES", "p": 1.5}')
    await board.until_last("1.5")
    await board.until_state(ProducerState.LIVE, "ES")


@pytest.mark.long
async def test_a_response_through_a_service_worker_is_read_once(exchange: Exchange, watch: Watching) -> None:
    script = """
    onactivate = (event) => event.waitUntil(clients.claim());
    onfetch = (event) => event.respondWith(fetch(event.request));
    """
    exchange.put("/page/service.js", script, kind="text/javascript")
    page = f"""
    (async () => {{
      await navigator.serviceWorker.register("/page/service.js");
      if (!navigator.serviceWorker.controller)
        await new Promise((done) => {{ navigator.serviceWorker.oncontrollerchange = done }});
      {LISTEN}
    }})()
    """
    board = await watch(page, RULES)
    await exchange.until(lambda: len(exchange.event_streams["quotes"]) == 2)
    for number in range(20):
        await exchange.stream("quotes", f'data: {{"s": "SSE", "p": {number}}}\n\n{{"s": "LINES", "p": {number}}}\n')
    for symbol in ("SSE", "LINES"):
        await board.until_last("19", symbol=symbol)
        assert board.lasts(symbol) == [str(number) for number in range(20)]
    events, _, lines, _ = board.source.page_status.streams.readers
    assert events.stats["records"] == lines.stats["records"] == 20


@pytest.mark.long
async def test_the_frames_of_a_reloaded_page_are_observed_again(exchange: Exchange, watch: Watching) -> None:
    exchange.put("/inner", "<script>fetch('/api/quotes').then((answer) => answer.text())</script>", kind="text/html")
    board = await watch("", RULES, body=f"<iframe src='{exchange.url('/inner', host='localhost')}'></iframe>")
    for price in ("1.10", "2.10", "3.10"):
        exchange.put("/api/quotes", f'{{"s": "ES", "p": {price}}}')
        await board.page.reload()
        await board.until_last(price)


@pytest.mark.long
async def test_a_frame_of_another_site_may_show_one_symbol_and_receive_another(
    exchange: Exchange, watch: Watching
) -> None:
    inner = f"<b id=nq>9.50</b><script>{LISTEN} setTimeout(() => {{ nq.textContent = '9.75' }}, 500)</script>"
    exchange.put("/inner", inner, kind="text/html")
    exchange.put("/api/quotes", '{"s": "JSON", "p": 1.10}')
    rules = f'{RULES}[[symbol]]\nname = "NQ"\nlast = "#nq"\n'
    board = await watch("", rules, body=f"<iframe src='{exchange.url('/inner', host='localhost')}'></iframe>")
    await board.until_last("9.75", symbol="NQ")
    await board.until_last("1.10", symbol="JSON")
