"""Opens a connection to the server that holds a key, whatever `TICKQL_REDIS_URL` names."""

import asyncio
from typing import NoReturn

from tickql.feed.cluster.topology import Topology
from tickql.feed.connection import RedisConnection
from tickql.feed.errors import FeedUnavailable
from tickql.feed.redis_address import RedisAddress, ServerKind
from tickql.feed.sentinel import open_primary, until_replaced
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


async def watch_server(
    url: str, connection: RedisConnection, call_timeout_s: float = DEFAULT_TIMINGS.redis_call_s
) -> NoReturn:
    """Wait until a connection of `open_connection` leads to the wrong server, though it works.

    Raises:
        FeedUnavailable: Sentinels name another primary. What an address of another kind names stays the right one.
    """
    address = RedisAddress.parse(url)
    if address.kind is not ServerKind.SENTINEL:
        await asyncio.get_running_loop().create_future()
    named = await until_replaced(address, connection.node, call_timeout_s)
    raise FeedUnavailable(f"{named} is the primary now, as the Sentinels say")
