"""What the broker sends reaches `aiormq` without the confirms of one channel, however it is cut into pieces."""

import pamqp.frame
import pytest
from pamqp import commands
from pamqp.body import ContentBody
from pamqp.heartbeat import Heartbeat

from tickql.relay.rabbitmq.exchange_transport import ConfirmReader

_HEARTBEAT = pamqp.frame.marshal(Heartbeat(), 0)
_OTHERS = [
    pamqp.frame.marshal(commands.Exchange.DeclareOk(), 1),
    pamqp.frame.marshal(commands.Basic.Ack(2, False), 2),
    pamqp.frame.marshal(ContentBody(b"x" * 70_000), 1),
    _HEARTBEAT,
]


async def received(data: bytes, piece: int, channel: int | None = 1) -> tuple[bytes, list[bool]]:
    """Return what `aiormq` gets of `data`, and which of five messages are confirmed."""
    reader = ConfirmReader()
    parts = []
    if channel is not None:
        confirms = reader.confirms_of(channel)
        parts = [confirms.publish(1) for _ in range(5)]
    for begin in range(0, len(data), piece):
        reader.feed_data(data[begin : begin + piece])
    # As at the end of a connection: when the broker has ended it, and when it is gone.
    reader.feed_eof()
    reader.feed_eof()
    return await reader.read(), [part.done() for part in parts]


@pytest.mark.parametrize("piece", [1, 7, 20, 21, 22, 1000, 1_000_000])
async def test_confirms_are_taken_out(piece: int) -> None:
    first = pamqp.frame.marshal(commands.Basic.Ack(1, False), 1)
    up_to = pamqp.frame.marshal(commands.Basic.Ack(4, True), 1)
    data, confirmed = await received(b"".join((_OTHERS[0], first, *_OTHERS[1:], up_to)), piece)

    assert confirmed == [True, True, True, True, False]
    # A heartbeat stands for the confirms.
    assert data.replace(_HEARTBEAT, b"") == b"".join(_OTHERS[:-1])
    assert data.count(_HEARTBEAT) == 2


async def test_a_refusal_is_taken_out_too() -> None:
    data, confirmed = await received(pamqp.frame.marshal(commands.Basic.Nack(1, False, False), 1), 1000)

    assert (data, confirmed) == (_HEARTBEAT, [True, False, False, False, False])


@pytest.mark.parametrize("piece", [1, 1000])
@pytest.mark.parametrize("data", [b"AMQP\x00\x00\x09\x01", b"HTTP/1.1 400 Bad Request\r\n\r\n", _OTHERS[0][:-3]])
async def test_anything_but_whole_frames_goes_on_as_it_is(data: bytes, piece: int) -> None:
    assert await received(_OTHERS[1] + data, piece) == (_OTHERS[1] + data, [False] * 5)


async def test_confirms_go_on_before_there_is_a_channel() -> None:
    data = pamqp.frame.marshal(commands.Basic.Ack(1, False), 1)

    assert await received(data, 1000, channel=None) == (data, [])
