"""Each primary of a cluster for itself: what is away, and what a node that was cut off still says."""

from collections.abc import AsyncIterator

import pytest

from tests.support.market import publish
from tests.support.reading import events_until, status_until
from tests.support.redis_cluster import RedisCluster
from tests.support.waiting import until
from tickql.feed.cluster.topology import Topology
from tickql.feed.follower import Follower
from tickql.feed.health import PUBLIC_PART, UNREACHABLE, FeedState, FeedStatus, public_reason
from tickql.feed.publisher import Publisher
from tickql.feed.redis_address import Node, RedisAddress
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql_client.servers import find_server

SYMBOLS = ("CL", "ES", "YM")
"""One in the slots of each primary, as it is at the start."""
_CALL_S = 5.0
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def options() -> tuple[str, ...]:
    """So that a node can be cut off from the others."""
    return ("--enable-debug-command", "local")


async def test_while_a_primary_is_away_only_its_symbols_are_down(
    cluster: RedisCluster, elsewhere: FeedSettings
) -> None:
    keys = elsewhere.keys
    owners = {symbol: cluster.primary_of(keys.channel(symbol)) for symbol in SYMBOLS}
    reporting = cluster.primary_of(keys.status)
    lost = next(symbol for symbol in SYMBOLS if owners[symbol] is not reporting)
    live = {symbol: SymbolReport(state=ProducerState.LIVE, since_us=1) for symbol in SYMBOLS}
    report = ProducerReport(source="board", state=ProducerState.LIVE, since_us=1, heard_us=1, symbols=live)

    def is_lost(status: FeedStatus) -> bool:
        return any(each.state is FeedState.DOWN for each in status.symbols)

    async with Publisher(elsewhere, "board") as publisher, Follower(elsewhere) as follower, follower.tail(lost) as tail:
        publisher.report(report)
        for symbol in SYMBOLS:
            publish(publisher, 1, symbol=symbol)
        await events_until(tail, 1)
        await status_until(follower, lambda status: len(status.symbols) == len(SYMBOLS) and status.reason is None)
        # Without a replica that takes over at once, so that there is time to look.
        replicas = [node for node in cluster.nodes if cluster.is_replica(node, owners[lost])]
        for replica in replicas:
            replica.freeze()
        owners[lost].kill()
        status = await status_until(follower, is_lost)
        assert {each.symbol for each in status.symbols if each.state is FeedState.DOWN} == {lost}
        assert status.state is not FeedState.DOWN
        assert status.reason == f"{UNREACHABLE} at 127.0.0.1:{owners[lost].port}"
        assert public_reason(status) == PUBLIC_PART
        await cluster.heal()
        publish(publisher, 2, symbol=lost)
        await events_until(tail, 2)
        await status_until(follower, lambda status: not is_lost(status) and status.reason is None)


@pytest.fixture
async def cut_off(cluster: RedisCluster, settings: FeedSettings) -> AsyncIterator[Node]:
    """The primary of `ES` of before, which still believes that it is, as it hears nothing of the other nodes."""
    before = cluster.primary_of(settings.keys.channel("ES"))
    cluster.ask(before, "DEBUG", "DROP-CLUSTER-PACKET-FILTER", "-2")
    try:
        yield Node("127.0.0.1", before.port)
    finally:
        cluster.ask(before, "DEBUG", "DROP-CLUSTER-PACKET-FILTER", "-1")
        await cluster.heal()


async def test_a_node_that_was_cut_off_and_names_itself_is_outvoted(
    cluster: RedisCluster, settings: FeedSettings, cut_off: Node
) -> None:
    key = settings.keys.channel("ES")
    (stale,) = [node for node in cluster.nodes if node.port == cut_off.port]
    other = cluster.other_primary(stale)

    async def is_replaced() -> bool:
        return cluster.slots(other).node_of(key) != cut_off

    await until(is_replaced)
    now = cluster.slots(other).node_of(key)
    assert cluster.slots(stale).node_of(key) == cut_off
    assert now is not None
    topology = Topology(RedisAddress.parse(settings.redis_url), _CALL_S)
    for _ in range(10):
        await topology.refresh()
        assert topology.slots.node_of(key) == now
        server = await find_server(settings.redis_url, key, _CALL_S)
        assert server.url.startswith(f"redis://{now}/")
