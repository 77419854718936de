"""Prices from WebSocket frames."""

import gzip
import zlib

import msgpack
import pytest

from tests.support.exchange import OPEN, Exchange
from tests.support.watching import Watching
from tickql.feed.status import ProducerState

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

QUOTES = """
[[stream]]
from = "websocket"
url = "*/ws/quotes"
where = "type == 'quote'"
each = "data[]"
symbol = "s"
ask = "a"
bid = "b"
last = "p"
"""
PLAIN = QUOTES.replace("where", "#").replace("each", "#")


def quote(*records: str) -> str:
    return '{"type": "quote", "data": [' + ",".join(records) + "]}"


@pytest.mark.brief
async def test_every_frame_makes_its_ticks_with_the_digits_that_it_has(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{OPEN} open('quotes')", QUOTES)
    await exchange.send(
        "quotes",
        quote('{"s": "ES", "a": 22258.50, "b": 22258.25, "p": 22258.2500000000000000001}'),
        quote('{"s": "ES", "a": 22258.50, "b": 22258.50, "p": 1e2}', '{"s": "NQ", "a": "1,234.50", "b": null, "p": 7}'),
        '{"type": "heartbeat"}',
    )
    await board.until_prices("1234.50", None, "7", symbol="NQ")
    assert board.prices() == [
        ("22258.50", "22258.25", "22258.2500000000000000001"),
        ("22258.50", "22258.50", "100"),
    ]
    await board.until_state(ProducerState.LIVE)


async def test_each_message_of_a_burst_is_a_tick_in_order(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{OPEN} open('quotes')", PLAIN)
    frames = [f'{{"s": "ES", "a": {n}.50, "b": {n}.25, "p": {n}.30}}' for n in range(500)]
    await exchange.send("quotes", *frames)
    await board.until_last("499.30")
    assert board.prices() == [(f"{n}.50", f"{n}.25", f"{n}.30") for n in range(500)]
    times = [tick.observed_us for tick in board.quotes]
    assert times == sorted(times)


async def test_bytes_are_read_if_they_are_text_or_packed_and_each_json_text_is_a_tick(
    exchange: Exchange, watch: Watching
) -> None:
    board = await watch(f"{OPEN} open('quotes')", PLAIN)
    frames: list[str | bytes] = [
        '{"s": "ES", "p": 1.10}',
        b'{"s": "ES", "p": 1.20}',
        gzip.compress(b'{"s": "ES", "p": 1.30}'),
        zlib.compress(b'{"s": "ES", "p": 1.40}\n{"s": "ES", "p": 1.50}'),
        msgpack.packb({"s": "ES", "p": 1.6}),
        '{"s": "ES", "p": 1.70}{"s": "ES", "p": 1.80}',
    ]
    await exchange.send("quotes", *frames)
    await board.until_last("1.80")
    assert board.lasts() == ["1.10", "1.20", "1.30", "1.40", "1.50", "1.6", "1.70", "1.80"]


@pytest.mark.brief
async def test_sockets_of_frames_and_workers_are_read(exchange: Exchange, watch: Watching) -> None:
    script = "onmessage = ({data}) => new WebSocket(data)"
    exchange.put("/frame", f"<script>{OPEN} open('quotes')</script>", kind="text/html")
    board = await watch(
        f"const worker = new Worker(URL.createObjectURL(new Blob([`{script}`])));"
        "worker.postMessage(`ws://${location.host}/ws/quotes`)",
        PLAIN,
        body="".join(
            f"<iframe src='{exchange.url('/frame', host=host)}'></iframe>" for host in ("127.0.0.1", "localhost")
        ),
    )
    await exchange.until(lambda: len(exchange.sockets["quotes"]) == 3)
    for number, socket in enumerate(exchange.sockets["quotes"]):
        await socket.send_text(f'{{"s": "S{number}", "p": 1}}')
    await board.until(lambda: {quote.symbol for quote in board.quotes} == {"S0", "S1", "S2"})


@pytest.mark.brief
async def test_a_reopened_socket_starts_without_the_old_prices(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{OPEN} window.reopens = true; open('quotes')", PLAIN)
    await exchange.send("quotes", '{"s": "ES", "a": 3, "b": 1, "p": 2}')
    await board.until_state(ProducerState.LIVE)
    await exchange.close_all("quotes")
    await board.until_state(ProducerState.MISSING, "ES")
    await exchange.send("quotes", '{"s": "ES", "a": 3, "b": 1}', '{"s": "ES", "p": 2}', '{"s": "ES", "p": 2.5}')
    await board.until_last("2.5")
    assert board.prices() == [("3", "1", "2"), ("3", "1", "2.5")]
    await board.until_state(ProducerState.LIVE)


async def test_a_closed_socket_is_reported_at_once(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{OPEN} open('quotes')", PLAIN)
    await exchange.send("quotes", '{"s": "ES", "a": 3, "b": 1, "p": 2}')
    await board.until_state(ProducerState.LIVE)
    await exchange.close_all("quotes")
    await board.until_reason('[[stream]] #1: no WebSocket "*/ws/quotes" is open')
    assert await board.until_state(ProducerState.MISSING, "ES") == 'no WebSocket "*/ws/quotes" is open'
    assert len(board.quotes) == 1


async def test_the_sockets_of_a_reloaded_page_are_read_again(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{OPEN} open('quotes')", PLAIN)
    await exchange.send("quotes", '{"s": "ES", "a": 3, "b": 1, "p": 2}')
    await board.until_count(1)
    await board.page.reload()
    await exchange.until(lambda: len(exchange.sockets["quotes"]) == 1)
    await exchange.send("quotes", '{"s": "ES", "b": 1.5}')
    await board.until_prices(None, "1.5", None)
    await exchange.send("quotes", '{"s": "ES", "a": 3, "p": 2}')
    await board.until_prices("3", "1.5", "2")
    await board.until_state(ProducerState.LIVE)
    assert len(board.quotes) == 3


async def test_a_page_without_the_socket_is_reported(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{OPEN} open('trades')", PLAIN)
    await board.until_reason('[[stream]] #1: no WebSocket "*/ws/quotes" is open')


async def test_messages_without_a_price_are_reported_with_the_reason(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{OPEN} open('quotes')", PLAIN)
    await exchange.send("quotes", '{"symbol": "ES", "price": 1.5}')
    await board.until_reason("""the last one: '{"symbol": "ES", "price": 1.5}' has no symbol or no price""")


async def test_unreadable_messages_are_counted_and_reported(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{OPEN} open('quotes')", PLAIN)
    await exchange.send("quotes", '{"s": "ES", "a": 3, "b": 1, "p": 2}')
    await board.until_state(ProducerState.LIVE)
    huge = '{"s": "ES", "p": 7, "x": "' + "x" * 10_000_000 + '"}'
    await exchange.send("quotes", "ping", b"\x00\xff", huge, "[" * 50_000, '{"s": "ES", "p":')
    assert "unreadable message: " in await board.until_state(ProducerState.DEGRADED)
    await exchange.send("quotes", '{"s": "ES", "p": 2.5}')
    await board.until_last("2.5")
    await board.until_state(ProducerState.LIVE)
    assert board.lasts() == ["2", "2.5"]
    (reader,) = board.source.page_status.streams.readers
    assert reader.stats == {"messages": 7, "records": 2, "foreign": 2, "unreadable": 3}


async def test_an_unreadable_price_is_reported_as_it_came(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{OPEN} open('quotes')", PLAIN)
    await exchange.send("quotes", '{"s": "ES", "a": 3, "b": "1.2.3", "p": 2}')
    await board.until_prices("3", None, "2")
    reason = await board.until_state(ProducerState.MISSING, "ES")
    assert reason.startswith("bid: \"b\" shows '1.2.3': ")


async def test_silence_is_a_fault_only_with_max_silence(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{OPEN} open('quotes')", PLAIN + "max_silence = 1.5")
    await exchange.send("quotes", '{"s": "ES", "a": 3, "b": 1, "p": 2}')
    await board.until_state(ProducerState.LIVE)
    assert "silent for more than max_silence, 1.5 s" in await board.until_state(ProducerState.STALE)
    await exchange.send("quotes", '{"s": "ES", "a": 3, "b": 1, "p": 2}')
    await board.until_state(ProducerState.LIVE, "ES")
    assert len(board.quotes) == 1


async def test_a_page_may_show_one_symbol_and_receive_another(exchange: Exchange, watch: Watching) -> None:
    rules = f'{PLAIN}[[symbol]]\nname = "NQ"\nlast = "#nq"\n'
    board = await watch(f"{OPEN} open('quotes')", rules, body="<b id=nq>9</b>")
    await exchange.send("quotes", '{"s": "ES", "a": 3, "b": 1, "p": 2}', '{"s": "NQ", "p": 10}')
    await board.until_prices("3", "1", "2")
    await board.until_last("9", symbol="NQ")
    assert 'last of NQ is taken from symbol "NQ" already' in await board.until_state(ProducerState.DEGRADED)
    assert board.lasts("NQ") == ["9"]


async def test_a_page_without_stream_rules_has_no_listener(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{OPEN} open('quotes')", '[[symbol]]\nname = "NQ"\nlast = "#nq"\n', body="<b id=nq>9</b>")
    await board.until_last("9", symbol="NQ")
    assert board.page._impl_obj.listeners("websocket") == []
