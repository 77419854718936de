"""Frames of the stream protocol are those of `rstream`."""

import asyncio

import pytest
from rstream import schema
from rstream.connection import ConnectionClosed
from rstream.encoding import encode_frame, encode_publish

from tickql.relay.rabbitmq.stream_transport import StreamTransport, publish_frame, split


@pytest.mark.parametrize("sizes", [(1,), (0, 70_000, 3)])
def test_a_frame_with_messages_is_that_of_the_library(sizes: tuple[int, ...]) -> None:
    messages = [(2**40 + number, b"x" * size) for number, size in enumerate(sizes)]
    frame = schema.Publish(1, [schema.Message(number, None, data) for number, data in messages])

    assert publish_frame(1, messages) == encode_publish(frame)


@pytest.mark.parametrize(
    ("sizes", "parts"),
    [((10, 10, 10, 10), [3, 1]), ((60, 60), [1, 1]), ((63,), [1]), ((63, 1), [1, 1]), ((), [])],
)
def test_messages_are_split_by_number_and_by_size(sizes: tuple[int, ...], parts: list[int]) -> None:
    messages = [(number, b"x" * size) for number, size in enumerate(sizes)]
    frames = list(split(messages, max_messages=3, max_bytes=88))

    assert [len(each) for each in frames] == parts
    assert [message for each in frames for message in each] == messages
    assert all(len(publish_frame(0, each)) <= 88 for each in frames)


async def test_frames_are_read_as_the_library_reads_them() -> None:
    sent = [
        schema.Heartbeat(),
        schema.PublishConfirm(1, list(range(2**40, 2**40 + 5_000))),
        schema.PublishConfirm(0, []),
        schema.Close(3, 1, "bye"),
    ]

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(map(encode_frame, sent)) + b"\x00")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        transport = StreamTransport("127.0.0.1", server.sockets[0].getsockname()[1])
        await transport.open()
        assert [await transport.read_frame() for _ in sent] == sent
        with pytest.raises(ConnectionClosed):
            await transport.read_frame()
        await transport.close()
