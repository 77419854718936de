"""`[[stream]]` rules inferred from the messages that a page receives."""

import json
import zlib
from collections import deque
from collections.abc import Callable
from typing import Any

import msgpack
import pytest

from tickql.producer.discover.inference.documents import jmespath_of, url_pattern
from tickql.producer.discover.inference.records import FoundStream, find_streams
from tickql.producer.discover.page.received_messages import ReceivedStream
from tickql.producer.feedfile.stream_rules import StreamKind

_URL = "wss://prices.example.test/ws"


def found(*messages: Any, url: str = _URL) -> tuple[FoundStream, ...]:
    texts = [json.dumps(message) for message in messages]
    return find_streams([ReceivedStream(StreamKind.WEBSOCKET, url, deque(texts))])


def keys_of(stream: FoundStream) -> dict[str, str]:
    origin = stream.origin
    keys = {
        "framing": origin.framing,
        "prefix": origin.prefix,
        "where": origin.where,
        "each": origin.each,
        "symbol": stream.symbol,
    }
    picks = {name: jmespath_of(path) for name, path in stream.picks.items()}
    return {key: value for key, value in keys.items() if value} | picks


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        pytest.param(
            {"symbol": "ES", "ask": 5000.25, "bid": 5000, "last": 5000},
            {"symbol": "ES", "ask": 5000.5, "bid": 5000.25, "last": 5000.25},
            {"symbol": "symbol", "ask": "ask", "bid": "bid", "last": "last"},
            id="a record a message",
        ),
        pytest.param(
            {"data": [{"s": "ES", "a": "5000.25", "b": "5000.00", "v": 12}]},
            {"data": [{"s": "ES", "a": "5000.50", "b": "5000.25", "v": 13}]},
            {"each": "data[]", "symbol": "s", "ask": "a", "bid": "b"},
            id="short names in a list",
        ),
        pytest.param(
            {"type": "ticker", "product_id": "BTC-USD", "price": "60000.1", "best_bid": "60000", "best_ask_size": "2"},
            {"type": "ticker", "product_id": "BTC-USD", "price": "60000.2", "best_bid": "60000", "best_ask_size": "3"},
            {"where": "type == 'ticker'", "symbol": "product_id", "bid": "best_bid", "last": "price"},
            id="a type, an id, sizes beside prices",
        ),
        pytest.param(
            {"quotes": [{"sym": "ES", "ask": {"price": 10.5, "size": 1}, "bid": {"price": 10.25, "size": 2}}]},
            {"quotes": [{"sym": "ES", "ask": {"price": 10.75, "size": 1}, "bid": {"price": 10.5, "size": 2}}]},
            {"each": "quotes[]", "symbol": "sym", "ask": "ask.price", "bid": "bid.price"},
            id="prices one level down",
        ),
        pytest.param(
            {"a-b": {"symbol": "ES", "last": 1.5}},
            {"a-b": {"symbol": "ES", "last": 1.75}},
            {"each": '"a-b"', "symbol": "symbol", "last": "last"},
            id="a key that must be quoted",
        ),
    ],
)
def test_records_with_a_symbol_and_a_price_give_a_rule(first: Any, second: Any, rule: dict[str, str]) -> None:
    assert [keys_of(stream) for stream in found(first, second)] == [rule]


def _texts(template: str) -> tuple[str, str]:
    return template.replace("PRICE", "1.5"), template.replace("PRICE", "1.75")


_RECORD = '{"symbol": "ES", "last": PRICE}'
_IN_TEXT = r'"{\"symbol\": \"ES\", \"last\": PRICE}"'
_PICKS = {"symbol": "symbol", "last": "last"}


@pytest.mark.parametrize(
    ("template", "keys"),
    [
        (f'42["quote",{_RECORD}]', {"framing": "socket.io", "where": "[0] == 'quote'", "each": "[1]"}),
        (f'42/prices,17["quote",{_RECORD}]', {"framing": "socket.io", "where": "[0] == 'quote'", "each": "[1]"}),
        (f'2\x1e42["quote",{_RECORD}]', {"framing": "socket.io", "where": "[0] == 'quote'", "each": "[1]"}),
        (f"4{_RECORD}", {"framing": "engine.io"}),
        (
            f'{{"type": 1, "target": "Quote", "arguments": [{_RECORD}]}}\x1e{{"type": 6}}\x1e',
            {"framing": "signalr", "where": "target == 'Quote'", "each": "arguments[]"},
        ),
        (f"MESSAGE\ndestination:/quotes\n\n{_RECORD}\x00", {"framing": "stomp", "each": "body"}),
        (f"a[{_IN_TEXT}]", {"framing": "sockjs"}),
        (
            f'["1", "7", "quotes:all", "tick", {_RECORD}]',
            {"framing": "phoenix", "where": "event == 'tick'", "each": "payload"},
        ),
        (f'{{"event": "tick", "data": {_IN_TEXT}}}', {"framing": "pusher", "where": "event == 'tick'", "each": "data"}),
        (f"~m~{len(_RECORD) - 1}~m~{_RECORD}~m~4~m~~h~1", {"framing": "~m~{length}~m~"}),
        (f"{_RECORD}\n{_RECORD}", {}),
        (f"5:::{_RECORD}", {"prefix": "5:::"}),
        (f'{{"kind": "tick", "body": {_IN_TEXT}}}', {"where": "kind == 'tick'", "each": "parse(body)"}),
    ],
)
def test_the_framing_of_messages_is_found(template: str, keys: dict[str, str]) -> None:
    texts = (
        [text for text in _texts(template)]
        if "~m~" not in template
        else [template.replace("PRICE", "1.50"), template.replace("PRICE", "1.75")]
    )
    (stream,) = find_streams([ReceivedStream(StreamKind.WEBSOCKET, _URL, deque(["2", *texts]))])
    assert keys_of(stream) == keys | _PICKS


_SIGNALR = {"framing": "signalr", "where": "target == 'Quote'", "each": "arguments[]"}
_SOCKET_IO = {"framing": "socket.io", "where": "[0] == 'quote'", "each": "[1]"}


def _signalr(record: Any) -> bytes:
    packed: bytes = msgpack.packb([1, {}, None, "Quote", [record]])
    return bytes([len(packed)]) + packed


@pytest.mark.parametrize(
    ("encode", "keys"),
    [
        (msgpack.packb, {}),
        (lambda record: zlib.compress(json.dumps(record).encode()), {}),
        (_signalr, _SIGNALR),
        (lambda record: msgpack.packb({"type": 2, "nsp": "/", "data": ["quote", record]}), _SOCKET_IO),
    ],
    ids=["MessagePack", "zlib", "SignalR", "Socket.IO"],
)
def test_the_framing_of_bytes_is_found(encode: Callable[[Any], bytes], keys: dict[str, str]) -> None:
    messages = [encode({"symbol": "ES", "last": price}) for price in (1.5, 1.75)]
    (stream,) = find_streams([ReceivedStream(StreamKind.WEBSOCKET, _URL, deque(messages))])
    assert keys_of(stream) == keys | _PICKS


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({"symbol": "ES", "last": 1.5}, {"symbol": "ES", "last": 1.5}, id="nothing changes"),
        pytest.param({"symbol": 7, "last": 1.5}, {"symbol": 7, "last": 1.75}, id="the symbol is a number"),
        pytest.param({"s": "ES", "a": 1.5, "b": 2}, {"s": "ES", "a": 1.75, "b": 2}, id="a short ask below its bid"),
        pytest.param({"s": "ES", "a": 1.5}, {"s": "ES", "a": 1.75}, id="a short name alone"),
        pytest.param(
            {"symbol": "ES", "ask": 5000.5, "bid": 12},
            {"symbol": "ES", "ask": 5000.75, "bid": 9},
            id="sizes for prices",
        ),
        pytest.param(
            {"symbol": "ES", "price": 1.5, "rate": 1.5}, {"symbol": "ES", "price": 1.75, "rate": 1.5}, id="two prices"
        ),
        pytest.param(
            {"symbol": "ES", "price": "1,234"}, {"symbol": "ES", "volume": 12}, id="a volume and no second price"
        ),
    ],
)
def test_records_that_may_be_something_else_give_no_rule(first: Any, second: Any) -> None:
    assert found(first, second) == ()


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("wss://a.test/ws", "wss://a.test/ws"),
        ("wss://a.test/ws?token=1", "wss://a.test/ws*"),
        ("https://a.test/s/8f14e45fceea167a/quotes", "https://a.test/s/*/quotes"),
    ],
)
def test_the_parts_of_an_address_that_change_become_a_star(url: str, pattern: str) -> None:
    assert url_pattern(url) == pattern
