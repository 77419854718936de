"""The protocol graphql-transport-ws on `/graphql`."""

import pytest
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport
from websockets.exceptions import ConnectionClosed

from tests.api.conftest import RunApi, RunningApi
from tests.support.graphql_client import TICKS, TRANSPORT_WS
from tests.support.market import Market
from tickql.feed.settings import FeedSettings


async def test_a_gql_client_that_offers_both_protocols_gets_graphql_transport_ws(api: RunningApi) -> None:
    transport = WebsocketsTransport(f"{api.ws_url}/graphql")
    async with Client(transport=transport) as session:
        assert await session.execute(gql("{ symbols }")) == {"symbols": []}
        assert transport.subprotocol == TRANSPORT_WS


@pytest.mark.parametrize("offered", [["graphql-ws"], None])
async def test_the_legacy_protocol_and_no_protocol_are_refused(api: RunningApi, offered: list[str] | None) -> None:
    async with api.open(subprotocols=offered) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.receive()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4406


async def test_frames_are_not_compressed(api: RunningApi) -> None:
    async with api.open(compression="deflate") as socket:
        assert socket.connection.protocol.extensions == []


async def test_a_null_payload_of_connection_init_is_accepted(api: RunningApi) -> None:
    async with api.open() as socket:
        await socket.send(type="connection_init", payload=None)
        assert await socket.receive() == {"type": "connection_ack"}


async def test_a_ping_is_answered(api: RunningApi) -> None:
    async with api.socket() as socket:
        await socket.send(type="ping")
        assert (await socket.receive())["type"] == "pong"


async def test_the_server_pings_an_idle_connection(run_api: RunApi, feed_settings: FeedSettings) -> None:
    api = await run_api(feed_settings, ping_interval_s=0.1)
    async with api.socket() as socket:
        assert [await socket.receive_any() for _ in range(3)] == [{"type": "ping"}] * 3


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"query": "subscription { ticks("}, "Syntax Error: Expected Name, found <EOF>."),
        ({"query": "query A { symbols }", "operationName": "B"}, 'Unknown operation named "B".'),
        ({"query": ""}, "`query` is empty"),
        ({"query": "{ nothing }"}, "Cannot query field 'nothing' on type 'Query'."),
    ],
)
async def test_a_malformed_operation_does_not_end_other_operations(
    api: RunningApi, market: Market, payload: dict[str, str], message: str
) -> None:
    market.tick()
    async with api.socket() as socket:
        await socket.subscribe("1", TICKS, symbol="ES")
        await socket.tick("1")
        await socket.send(id="2", type="subscribe", payload=payload)
        refusal = await socket.receive()
        assert (refusal["type"], refusal["id"]) == ("error", "2")
        assert refusal["payload"][0]["message"] == message
        market.tick()
        assert (await socket.tick("1"))["seq"] == 2
        await socket.subscribe("2", "{ symbols }")
        assert await socket.next("2") == {"symbols": ["ES"]}


async def test_a_client_that_aborts_its_connection_writes_nothing_to_the_log(
    api: RunningApi, market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    market.tick()
    async with api.socket() as socket:
        await socket.subscribe("1", TICKS, symbol="ES")
        await socket.tick("1")
        market.tick(count=200)
        socket.connection.transport.abort()
    await api.all_clients_gone()
    assert api.readers() == 0
    assert caplog.messages == []
