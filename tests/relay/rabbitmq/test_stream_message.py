"""Messages of a stream are AMQP 1.0 as others read it."""

import pytest
from rstream import AMQPMessage, Properties, amqp_decoder

from tickql.feed.tick import Cursor
from tickql.relay.rabbitmq.stream_message import (
    StreamEntry,
    decode_entry,
    decode_places,
    encode_entry,
    encode_places,
)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 70_000])
@pytest.mark.parametrize("identifier", ["ES:1739952000000-812", None, "x" * 300])
def test_a_message_is_read_back_and_the_decoder_of_the_library_reads_the_same(size: int, identifier: str) -> None:
    body = b"b" * size
    data = encode_entry("tick", "main", identifier, body)

    assert decode_entry(data) == StreamEntry("tick", "main", identifier, body)
    message = amqp_decoder(data)
    assert message.properties.subject == b"tick"
    assert message.properties.group_id == b"main"
    assert message.properties.content_type == b"application/json"
    assert message.properties.message_id == (None if identifier is None else identifier.encode())
    assert message.body == body


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"plain text",
        bytes(AMQPMessage(body=b"x")),
        bytes(AMQPMessage(body=b"x", properties=Properties(message_id="1"))),
        bytes(AMQPMessage(body=b"x", properties=Properties(message_id="1", subject="tick", group_id="main"))),
        encode_entry("tick", "main", "1", b"x")[:20],
    ],
)
def test_a_message_of_another_program_is_none_of_a_relay(data: bytes) -> None:
    assert decode_entry(data) is None


def test_places_are_read_back() -> None:
    places = {"ES": Cursor("ES", 1739952000000, 812), "FX:EUR": Cursor("FX:EUR", 1, 0)}

    assert decode_places(encode_places(17, places)) == (17, places)


@pytest.mark.parametrize("body", [b"", b"{}", encode_places(1, {})[:-3]])
def test_a_damaged_record_of_places_is_found(body: bytes) -> None:
    with pytest.raises(ValueError, match="not a record"):
        decode_places(body)
