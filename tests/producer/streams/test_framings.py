"""The framings that a rule names: which documents their messages hold, what is foreign, and what is lost."""

import base64
import json
import time
from typing import Any

import msgpack
import pytest

from tests.producer.streams.decoding import documents, fault, parts
from tickql.producer.feedfile.json_number import JsonNumber
from tickql.producer.streams.framings.detection import framing_of
from tickql.producer.streams.json_texts import UnreadPart
from tickql.producer.streams.message_decoder import MAX_DOCUMENTS

TICK = {"s": "ES", "p": JsonNumber("1.10")}
JSON = '{"s": "ES", "p": 1.10}'
IN_TEXT = json.dumps(JSON)


def varint(length: int) -> bytes:
    return bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])


def signalr_bytes(*messages: Any) -> bytes:
    packed = [msgpack.packb(message) for message in messages]
    return b"".join(varint(len(each)) + each for each in packed)


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def polled(*packets: str) -> str:
    return "".join(f"{len(packet)}:{packet}" for packet in packets)


PACKED = msgpack.packb({"s": "ES"})
PACKED_EVENT = msgpack.packb({"type": 2, "nsp": "/", "data": ["tick", {"s": "ES"}]})
INVOCATION = f'{{"type": 1, "target": "Tick", "arguments": [{JSON}]}}'
LONG = "x" * 200
UNUSUAL = '"s": "a\u2028b\u2029c\x85d"'
"""Characters that end lines in some texts, but neither in JSON nor in STOMP."""


@pytest.mark.parametrize(
    ("framing", "data", "expected"),
    [
        ("json", JSON, [TICK]),
        ("lines", f"{JSON}\n\n{JSON}\r\n", [TICK, TICK]),
        ("lines", f"{{{UNUSUAL}}}\r{{{UNUSUAL}}}\n", [{"s": "a\u2028b\u2029c\x85d"}] * 2),
        ("messagepack", msgpack.packb({"s": "ES"}) * 2, [{"s": "ES"}] * 2),
        ("~m~{length}~m~", f"~m~22~m~{JSON}~m~2~m~{{}}", [TICK, {}]),
        ("{length}:", f"22:{JSON}", [TICK]),
        # JavaScript counts the sign of a rocket as two characters.
        ("{length}:", '12:{"s": "🚀é"}2:[]', [{"s": "🚀é"}, []]),
        ("engine.io", f"4{JSON}", [TICK]),
        ("engine.io", f"4{JSON}\x1e4[1]", [TICK, [1]]),
        ("engine.io", msgpack.packb({"s": "ES"}), [{"s": "ES"}]),
        ("engine.io", b"\x04" + PACKED, [{"s": "ES"}]),
        ("engine.io", f"b{in_base64(PACKED)}\x1e4[1]", [{"s": "ES"}, [1]]),
        ("engine.io", polled(f"b4{in_base64(PACKED)}", f"4{JSON}"), [{"s": "ES"}, TICK]),
        ("engine.io", b"\x01\x07\xff\x04" + PACKED + b"\x00\x02\x03\xff4" + JSON.encode(), [{"s": "ES"}, TICK]),
        ("socket.io", b"\x04" + PACKED_EVENT, [["tick", {"s": "ES"}]]),
        ("socket.io", f'b{in_base64(PACKED_EVENT)}\x1e42["a",1]', [["tick", {"s": "ES"}], ["a", 1]]),
        ("socket.io", polled('42["a",1]', f"b4{in_base64(PACKED_EVENT)}"), [["a", 1], ["tick", {"s": "ES"}]]),
        ("socket.io", f'42["tick",{JSON}]', [["tick", TICK]]),
        ("socket.io", f'421["tick",{JSON}]', [["tick", TICK]]),
        ("socket.io", f'42/prices,["tick",{JSON}]', [["tick", TICK]]),
        ("socket.io", f'42/a/b-c?x=1,1234["tick",{JSON}]', [["tick", TICK]]),
        ("socket.io", f"430[{JSON}]", [[TICK]]),
        ("socket.io", f'42["a",1]\x1e42["tick",{JSON}]', [["a", 1], ["tick", TICK]]),
        ("socket.io", f'33:42["tick",{JSON}]9:42["a",1]', [["tick", TICK], ["a", 1]]),
        ("socket.io", msgpack.packb({"type": 2, "nsp": "/", "data": ["tick", {"s": "ES"}]}), [["tick", {"s": "ES"}]]),
        ("signalr", f"{INVOCATION}\x1e{INVOCATION}\x1e", [{"type": 1, "target": "Tick", "arguments": [TICK]}] * 2),
        ("signalr", f'{{"type": 2, "item": {JSON}}}\x1e', [{"type": 2, "item": TICK}]),
        (
            "signalr",
            signalr_bytes([1, {}, None, "Tick", [{"s": "ES", "p": 1.1, "x": LONG}]], [2, {}, "1", {"s": "NQ"}]),
            [
                {
                    "type": 1,
                    "invocationId": None,
                    "target": "Tick",
                    "arguments": [{"s": "ES", "p": JsonNumber("1.1"), "x": LONG}],
                },
                {"type": 2, "invocationId": "1", "item": {"s": "NQ"}},
            ],
        ),
        (
            "stomp",
            f"\n\nMESSAGE\ndestination:/topic/q\nsubscription:s\\c0\n\n{JSON}\x00\n",
            [{"command": "MESSAGE", "headers": {"destination": "/topic/q", "subscription": "s:0"}, "body": TICK}],
        ),
        (
            "stomp",
            'MESSAGE\r\ncontent-length:9\r\n\r\n{"é":"\x00'.replace("\x00", "") + '"}\x00MESSAGE\n\nplain\x00',
            [
                {"command": "MESSAGE", "headers": {"content-length": "9"}, "body": {"é": ""}},
                {"command": "MESSAGE", "headers": {}, "body": "plain"},
            ],
        ),
        (
            "stomp",
            "MESSAGE\ncontent-length:3\n\na\x00é".replace("é", "b") + "\x00",
            [{"command": "MESSAGE", "headers": {"content-length": "3"}, "body": "a\x00b"}],
        ),
        (
            "stomp",
            f"a[{json.dumps(f'MESSAGE{chr(10)}{chr(10)}{JSON}{chr(0)}')}]",
            [{"command": "MESSAGE", "headers": {}, "body": TICK}],
        ),
        (
            "stomp",
            f"MESSAGE\na:1\u20282\x0b3\x854\r\nb:5\n\n{JSON}\x00",
            [{"command": "MESSAGE", "headers": {"a": "1\u20282\x0b3\x854", "b": "5"}, "body": TICK}],
        ),
        ("sockjs", f"a[{IN_TEXT},{IN_TEXT}]", [TICK, TICK]),
        ("sockjs", f"m{IN_TEXT}", [TICK]),
        (
            "phoenix",
            f'["1", null, "quotes:ES", "tick", {JSON}]',
            [{"join_ref": "1", "ref": None, "topic": "quotes:ES", "event": "tick", "payload": TICK}],
        ),
        (
            "phoenix",
            f'{{"topic": "q", "event": "tick", "payload": {JSON}}}',
            [{"topic": "q", "event": "tick", "payload": TICK}],
        ),
        ("pusher", f'{{"event": "tick", "data": {IN_TEXT}}}', [{"event": "tick", "data": TICK}]),
        ("pusher", f'{{"event": "tick", "data": {JSON}}}', [{"event": "tick", "data": TICK}]),
        ("pusher", '{"event": "tick", "data": "bye"}', [{"event": "tick", "data": "bye"}]),
    ],
)
def test_each_message_gives_its_documents(framing: str, data: str | bytes, expected: list[Any]) -> None:
    assert documents(data, framing) == expected


@pytest.mark.parametrize(
    ("framing", "data"),
    [
        ("json", "[broken"),
        ("json", b"\x00\x01\xff" * 20),
        ("lines", "hello"),
        ("~m~{length}~m~", JSON),
        ("~m~{length}~m~", "~m~4~m~~h~1"),
        *(("engine.io", text) for text in ('0{"sid":"x","upgrades":[]}', "1", "2", "3probe", "6", "4hello")),
        *(
            ("socket.io", text)
            for text in ("2", '40{"sid":"x"}', "40/prices,", "40/prices", "41", '44{"message":"no"}')
        ),
        ("socket.io", b"\xff\xd8 attachment of an event"),
        ("socket.io", b"attachment of an event"),
        ("socket.io", b"back"),
        ("socket.io", b"b5 attachment"),
        ("socket.io", f"b{in_base64(b'attachment')}"),
        ("socket.io", msgpack.packb({"type": 0, "nsp": "/"})),
        ("signalr", "{}\x1e"),
        ("signalr", '{"type":6}\x1e'),
        ("signalr", signalr_bytes([6])),
        ("stomp", "\n"),
        ("stomp", "CONNECTED\nversion:1.2\n\n\x00"),
        *(("stomp", text) for text in ("o", "h", 'c[3000,"Go away!"]')),
        *(("sockjs", text) for text in ("o", "h", 'c[3000,"Go away!"]')),
        ("phoenix", '[null, "7", "phoenix", "phx_reply", {"status": "ok"}]'),
        ("pusher", '{"event": "pusher:ping", "data": "{}"}'),
        ("pusher", '{"event": "pusher_internal:subscription_succeeded", "data": "{}"}'),
    ],
)
def test_what_a_protocol_sends_for_itself_is_foreign(framing: str, data: str | bytes) -> None:
    assert fault(data, framing).foreign


@pytest.mark.parametrize(
    ("framing", "data", "reason"),
    [
        ("lines", '{"s": 1', "is not JSON"),
        ("~m~{length}~m~", f"~m~99~m~{JSON}", "is cut off: it is shorter than its length head says"),
        ("~m~{length}~m~", f"~m~22~m~{JSON}{JSON}", "does not begin with the length head"),
        ("{length}:", "1:🚀", "is cut off"),
        ("engine.io", '7{"s": 1}', "is no Engine.IO packet"),
        ("engine.io", "4{", "is not JSON"),
        ("engine.io", f"b{in_base64(bytes(20))}", "is bytes that are not MessagePack"),
        ("engine.io", f"b{in_base64(PACKED[:-1])}", "is cut off"),
        ("engine.io", polled(f"b4{in_base64(bytes(20))}"), "is bytes that are not MessagePack"),
        ("engine.io", b"\x01\x08\xff\x04" + PACKED, "is cut off"),
        ("engine.io", b"\xff\xff", "is bytes that are not MessagePack"),
        ("socket.io", "4x", "is no Socket.IO packet"),
        ("socket.io", '451-["tick",{"_placeholder":true,"num":0}]', "'tick' has binary attachments"),
        ("signalr", "[1]\x1e", "is no SignalR message"),
        ("signalr", '"x"\x1e', "is no SignalR message"),
        ("signalr", signalr_bytes([1, {}, None, "Tick", []])[:-2], "is cut off"),
        ("stomp", "MESSAGE\n\n{}", "is no whole STOMP frame"),
        ("stomp", "MESSAGE\n\n{broken\x00", "has a body that is not JSON"),
        ("stomp", "MESSAGE\ncontent-length:99\n\n{}\x00", "is no whole STOMP frame"),
        ("stomp", "ERROR\nmessage:no such topic\n\n\x00", "'ERROR no such topic' is an ERROR frame of STOMP"),
        ("stomp", b"\xff", "only texts of STOMP"),
        ("sockjs", "a[1]", "is no SockJS frame"),
        ("sockjs", 'a["', "is a broken SockJS frame"),
        ("phoenix", "[1]", "is no Phoenix message"),
        ("phoenix", b"\x02\xff", "is bytes: only texts"),
        ("pusher", "{}", "is no Pusher message"),
        ("pusher", '{"event": "tick", "data": "{broken"}', "has data that is not JSON"),
    ],
)
def test_what_is_lost_is_told(framing: str, data: str | bytes, reason: str) -> None:
    assert reason in str(fault(data, framing))


def test_very_many_frames_are_read_in_little_time() -> None:
    frame = "MESSAGE\ncontent-length:3\n\na\x00b\x00"
    before_s = time.process_time()
    assert len(parts(frame * 100_000, "stomp")) == MAX_DOCUMENTS + 1
    assert time.process_time() - before_s < 2


def test_a_ping_beside_a_message_costs_nothing() -> None:
    read = [part for part in parts(f'2\x1e42["tick",{JSON}]', "socket.io") if not isinstance(part, UnreadPart)]
    assert read == [["tick", TICK]]


def test_packed_events_are_recognised_behind_a_type_too() -> None:
    assert framing_of(PACKED_EVENT) == framing_of(b"\x04" + PACKED_EVENT) == "socket.io"


def test_a_prefix_is_before_each_line() -> None:
    assert documents(f"data: {JSON}\ndata: {JSON}", "lines", "data: ") == [TICK, TICK]
