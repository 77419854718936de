"""The pool of connections for short calls that fits what `TICKQL_REDIS_URL` names."""

from typing import Any, Protocol

from tickql.feed.cluster.cluster_pool import ClusterPool
from tickql.feed.cluster.topology import Topology
from tickql.feed.connection import Command
from tickql.feed.connection_pool import MAX_WAITING_CALLS, ConnectionPool
from tickql.feed.redis_address import RedisAddress, ServerKind


class CallPool(Protocol):
    """Calls commands that are safe to repeat (see `ConnectionPool.call`)."""

    async def call(self, *commands: Command) -> list[Any]:
        """Send commands and return their replies; the reply of a refused command is its `ResponseError`."""

    async def close(self) -> None:
        """Close the connections that are not in use."""


def make_pool(url: str, call_timeout_s: float, size: int, topology: Topology | None = None) -> CallPool:
    """Return a pool for `size` calls at the same time. `topology`: that of a cluster, if the caller has one."""
    address = RedisAddress.parse(url)
    if address.kind is not ServerKind.CLUSTER:
        return ConnectionPool(url, call_timeout_s, size)
    return ClusterPool(topology or Topology(address, call_timeout_s), call_timeout_s, size, MAX_WAITING_CALLS)
