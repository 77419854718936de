"""The sink of a RabbitMQ stream: exactly once, whatever dies and whenever."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from rstream import Producer

from tests.relay.messages import batch, gap, status, tick
from tests.support.rabbitmq_server import PASSWORD, USER, RabbitMqServer
from tests.support.stream_reading import StreamMessage, read_stream
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql.relay.address import SinkAddress
from tickql.relay.errors import SinkFenced
from tickql.relay.rabbitmq import stream_sink
from tickql.relay.rabbitmq.stream_sink import StreamSink, create_sink
from tickql.relay.sink import RelayContext

_END = b"end"


class Stream:
    """A stream of its own for a test, and the relays that write it."""

    def __init__(self, server: RabbitMqServer) -> None:
        self.server = server
        self.name = f"test_{uuid.uuid4().hex[:12]}"

    def sink(self, relay: str = "main") -> StreamSink:
        return create_sink(
            SinkAddress.parse(self.server.stream_url), RelayContext(relay, FeedSettings(namespace=self.name))
        )

    @asynccontextmanager
    async def opened(self, relay: str = "main") -> AsyncIterator[StreamSink]:
        sink = self.sink(relay)
        try:
            await sink.open()
            yield sink
        finally:
            await sink.close()

    async def delete(self) -> None:
        producer = Producer("127.0.0.1", self.server.stream_port, username=USER, password=PASSWORD)
        await producer.start()
        await producer.delete_stream(self.name)
        await producer.close()

    async def ids(self) -> list[str | None]:
        """The ids of all ticks and gaps in the stream."""
        return [each.message_id for each in await self.messages() if each.subject in {"tick", "gap"}]

    async def messages(self) -> list[StreamMessage]:
        async with self.opened("end") as sink:
            await sink.send(batch(status(_END)))
        return await read_stream(self.server, self.name, _END)


@pytest.fixture
def stream(rabbitmq: RabbitMqServer) -> Stream:
    return Stream(rabbitmq)


async def test_consumers_get_the_messages_of_the_feed_byte_for_byte_and_in_order(stream: Stream) -> None:
    sent = [tick("ES", 1), gap("NQ", 5), tick("NQ", 5), tick("ES", 2)]
    async with stream.opened() as sink:
        await sink.send(batch(*sent))

    messages = [each for each in await stream.messages() if each.relay == "main"]

    assert [(each.subject, each.message_id) for each in messages] == [
        ("relay", "1"),
        ("tick", "ES:7-1"),
        ("gap", "NQ:7-5 gap"),
        ("tick", "NQ:7-5"),
        ("tick", "ES:7-2"),
    ]
    assert [each.body for each in messages[1:]] == [each.body for each in sent]


async def test_the_next_sink_continues_where_the_last_one_was(stream: Stream) -> None:
    async with stream.opened() as sink:
        await sink.send(batch(tick("ES", 1), tick("NQ", 5)))
        await sink.send(batch(tick("ES", 2)))

    sink = stream.sink()
    places = await sink.open()
    await sink.close()

    assert places == {"ES": Cursor("ES", 7, 2), "NQ": Cursor("NQ", 7, 5)}


async def test_what_an_older_sink_still_sends_is_dropped(stream: Stream) -> None:
    async with stream.opened() as older:
        await older.send(batch(tick("ES", 1)))
        async with stream.opened() as newer:
            # As a relay that was frozen, and wakes up.
            await older.send(batch(tick("ES", 2), tick("ES", 3)))
            await newer.send(batch(tick("ES", 2)))

    assert await stream.ids() == ["ES:7-1", "ES:7-2"]


async def test_a_sink_that_another_one_has_replaced_finds_out(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_sink, "_PLACE_EVERY_MESSAGES", 1)
    async with stream.opened() as older, stream.opened():
        with pytest.raises(SinkFenced, match="another relay of the name 'main'"):
            await older.send(batch(tick("ES", 1)))


async def test_a_gap_whose_tick_did_not_arrive_is_not_repeated(stream: Stream) -> None:
    async with stream.opened() as sink:
        await sink.send(batch(tick("ES", 1), gap("ES", 4)))
    async with stream.opened() as sink:
        await sink.send(batch(gap("ES", 4), tick("ES", 4), gap("ES", 6), tick("ES", 6)))

    assert await stream.ids() == ["ES:7-1", "ES:7-4 gap", "ES:7-4", "ES:7-6 gap", "ES:7-6"]


@pytest.mark.parametrize("every", [1, 10_000])
async def test_the_place_is_right_however_often_it_is_written(
    stream: Stream, every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_sink, "_PLACE_EVERY_MESSAGES", every)
    symbols = [f"S{number}" for number in range(400)]
    for seq in (1, 2, 3):
        sink = stream.sink()
        assert await sink.open() == ({symbol: Cursor(symbol, 7, seq - 1) for symbol in symbols} if seq > 1 else {})
        for part in range(0, 400, 100):
            await sink.send(batch(*(tick(symbol, seq) for symbol in symbols[part : part + 100])))
        await sink.close()

    assert sorted(map(str, await stream.ids())) == sorted(
        f"{symbol}:7-{seq}" for symbol in symbols for seq in (1, 2, 3)
    )


async def test_a_stream_that_was_deleted_is_begun_again(stream: Stream) -> None:
    async with stream.opened() as sink:
        await sink.send(batch(tick("ES", 1)))
    await stream.delete()

    sink = stream.sink()
    assert await sink.open() == {}
    await sink.send(batch(tick("ES", 9)))
    await sink.close()

    assert await stream.ids() == ["ES:7-9"]


async def test_relays_of_other_names_do_not_disturb_each_other(stream: Stream) -> None:
    async with stream.opened("a") as a, stream.opened("b") as b:
        await a.send(batch(tick("ES", 1)))
        await b.send(batch(tick("ES", 1), tick("ES", 2)))

    again = stream.sink("a")
    assert await again.open() == {"ES": Cursor("ES", 7, 1)}
    await again.close()


@pytest.mark.parametrize("after", [0, 2])
async def test_a_sink_that_dies_between_sending_and_confirmation_loses_and_repeats_nothing(
    stream: Stream, after: int
) -> None:
    ticks = [tick("ES", seq) for seq in range(1, 2001)]
    async with stream.opened() as sink:
        sending = asyncio.create_task(sink.send(batch(*ticks)))
        for _ in range(after):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        async with stream.opened() as next_sink:
            # The broker knows how far it got.
            pass
    next_sink = stream.sink()
    place = (await next_sink.open()).get("ES")
    await next_sink.send(batch(*ticks[place.seq if place else 0 :])) if place is None or place.seq < 2000 else None
    await next_sink.close()

    assert await stream.ids() == [f"ES:7-{seq}" for seq in range(1, 2001)]
