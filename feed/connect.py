"""Opens a connection to the server that holds a key, whatever `TICKQL_REDIS_URL` names."""

from tickql.feed.cluster.topology import Topology
from tickql.feed.connection import RedisConnection
from tickql.feed.redis_address import RedisAddress, ServerKind
from tickql.feed.sentinel import open_primary
from tickql.feed.timings import DEFAULT_TIMINGS


async def open_connection(url: str, key: str, call_timeout_s: float = DEFAULT_TIMINGS.redis_call_s) -> RedisConnection:
    """Connect to the one server, to the primary that Sentinel names, or to the node of a cluster that serves `key`.

    Raises:
        FeedUnavailable: it does not answer.
        FeedRefused: it refuses the login, is of another kind than the address says, or no node serves the key.
    """
    address = RedisAddress.parse(url)
    if address.kind is ServerKind.SENTINEL:
        return await open_primary(address, call_timeout_s)
    if address.kind is ServerKind.CLUSTER:
        topology = Topology(address, call_timeout_s)
        return await RedisConnection.open(topology.url_of(await topology.node_of(key)), call_timeout_s)
    return await RedisConnection.open(url, call_timeout_s)
