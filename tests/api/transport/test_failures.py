"""A failure of the server inside a subscription: the client is sent away so that it comes back and resumes."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator

import pytest
from websockets.exceptions import ConnectionClosed

from tests.api.conftest import RunningApi
from tests.api.transport.test_plain_websocket import plain
from tests.support.graphql_client import TICKS
from tests.support.market import fill
from tests.support.reading import client
from tests.support.waiting import DEADLINE_S
from tickql.api.fanout.event_json import EventJson
from tickql.api.fanout.live_channel import LiveChannel, write_pending
from tickql.api.fanout.subscriber import Subscriber
from tickql.api.traffic import Transport
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor, Tick

CLOSED = (1013, "internal failure, resume with your cursor")
BEFORE = "ES:1-1"
"""A cursor of an earlier epoch: whoever resumes with it reads Redis."""


@pytest.fixture
async def failing(api: RunningApi, feed_settings: FeedSettings) -> AsyncIterator[RunningApi]:
    """An API that fails at reading the stream of ES: somebody has overwritten a field in Redis."""
    await fill(feed_settings, 1)
    async with api.ticks() as stream, client(feed_settings) as redis:
        await stream.next()
        await redis.hset(feed_settings.keys.head("ES"), "epoch", "nonsense")
        yield api


async def test_a_failed_subscription_closes_the_socket_with_a_code_after_which_clients_come_back(
    failing: RunningApi, caplog: pytest.LogCaptureFixture
) -> None:
    async with failing.socket() as socket:
        await socket.subscribe("1", TICKS, symbol="ES", after=BEFORE)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.receive()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == CLOSED
    assert "nonsense" in caplog.text


async def test_a_failed_plain_socket_is_closed_in_the_same_way(failing: RunningApi) -> None:
    async with plain(failing, f"ES?after={BEFORE}") as connection:
        with pytest.raises(ConnectionClosed) as closed:
            await connection.recv()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == CLOSED


class _Encoder:
    """An encoder of the engine; `fails`: it raises an error."""

    transport = Transport.WEBSOCKET

    def __init__(self, *, fails: bool) -> None:
        self.fails = fails

    def encode(self, event: EventJson) -> bytes:
        if self.fails:
            raise ValueError("a defect")
        return b"%d" % event.value.tick.seq

    def encode_many(self, events: Iterable[EventJson]) -> Iterator[bytes]:
        return map(self.encode, events)


class _Socket:
    """A socket that keeps what is sent."""

    full = False

    def __init__(self) -> None:
        self.batch: list[bytes] = []
        self.sent: list[bytes] = []

    def message_start(self, prefix: bytes, payload_bytes: int) -> bytes:
        return prefix

    def send(self, message: bytes) -> None:
        self.sent.append(message)

    def flush(self) -> None:
        self.sent += self.batch
        self.batch.clear()

    async def drained(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize("ticks", [1, 2])
async def test_an_encoder_that_fails_costs_no_other_subscriber_a_tick(ticks: int) -> None:
    followed = FollowedSymbol("ES", 16)
    followed.append(_tick(1))
    channel = LiveChannel(followed, 1, Cursor("ES", 1, 1))
    sockets = [_Socket() for _ in range(3)]
    subscribers = [Subscriber(socket, b"") for socket in sockets]
    for subscriber, fails in zip(subscribers, (False, True, False), strict=True):
        subscriber.fell_behind = asyncio.get_running_loop().create_future()
        channel.add(subscriber, _Encoder(fails=fails))
    for seq in range(2, 2 + ticks):
        followed.append(_tick(seq))
    write_pending([channel])
    assert sockets[0].sent == sockets[2].sent == [b"%d" % seq for seq in range(2, 2 + ticks)]
    failed = subscribers[1].fell_behind
    assert failed is not None
    with pytest.raises(ValueError, match="a defect"):
        await asyncio.wait_for(failed, DEADLINE_S)


def _tick(seq: int) -> Tick:
    return Tick(Cursor("ES", 1, seq), None, None, "1", 0, 0)
