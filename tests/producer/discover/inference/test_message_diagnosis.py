"""What discovery says of messages in which it finds no prices."""

from collections import deque

from tickql.producer.discover.inference.message_diagnosis import diagnose_messages
from tickql.producer.discover.page.received_messages import ReceivedStream
from tickql.producer.feedfile.stream_rules import StreamKind


def told(*messages: str | bytes) -> str | None:
    return diagnose_messages([ReceivedStream(StreamKind.WEBSOCKET, "wss://a.test/ws?token=1", deque(messages))])


def test_bytes_of_an_unknown_format_are_told() -> None:
    said = told(*[b"\x0a\x02ES\x11\x00\x00\x00\x00\x00\x00\xf8\x3f\x18\x96\x01"] * 5) or ""
    assert said.startswith('received: 5 messages of websocket "wss://a.test/ws*", which cannot be read: ')
    assert said.endswith("is 16 bytes that are not JSON, gzip, zlib, deflate or MessagePack")


def test_documents_without_a_known_name_are_shown() -> None:
    said = told(*['42["t",[1042,5310.25]]'] * 4)
    assert said == (
        'received: 4 messages of websocket "wss://a.test/ws*", such as \'42["t",[1042,5310.25]]\', '
        "but nothing says where a symbol and its price are in them"
    )


def test_what_comes_only_once_is_no_stream() -> None:
    assert told('{"locale": "en"}') is None
