"""Sentinel: which server is the primary now.

It is asked at each new connection, and each second during one: the primary of before may go on as if nothing had
happened, until a Sentinel makes it a replica, some 10 s after the failover. For the feed the new primary is a server
that has restarted, perhaps without its newest ticks (see `publisher`).
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from redis.exceptions import ResponseError

from tickql.feed.answers import answers_of
from tickql.feed.connection import RedisConnection
from tickql.feed.errors import FeedRefused, FeedUnavailable
from tickql.feed.redis_address import Node, RedisAddress
from tickql.feed.refusal import refusal

_LOOK_S = 1.0
"""Pause between two looks at which server is the primary, while there is a connection to one."""


async def open_primary(address: RedisAddress, call_timeout_s: float) -> RedisConnection:
    """Connect to the primary that the Sentinels name.

    Raises:
        FeedUnavailable: no Sentinel answers, or the primary does not, or a failover has not ended yet.
        FeedRefused: no Sentinel knows the primary by this name.
    """
    node = await _find_primary(address, call_timeout_s)
    connection = await RedisConnection.open(address.url_of(node), call_timeout_s)
    try:
        (replication,) = await connection.call(("INFO", "replication"))
    except BaseException:
        await connection.close()
        raise
    # A user without the right to INFO is told at its first write that the server is a replica.
    if not isinstance(replication, ResponseError) and b"role:slave" in replication:
        await connection.close()
        raise FeedUnavailable(f"{node}, which the Sentinels name, is a replica: the failover has not ended yet")
    return connection


async def until_replaced(address: RedisAddress, node: Node, call_timeout_s: float) -> Node:
    """Wait until the Sentinels name another primary than `node`, and return it."""
    while True:
        await asyncio.sleep(_LOOK_S)
        with suppress(FeedUnavailable):
            if (named := await _find_primary(address, call_timeout_s)) != node:
                return named


async def _find_primary(address: RedisAddress, call_timeout_s: float) -> Node:
    """Return where the primary is, by the Sentinel that knows the newest failover."""
    asked = (_ask(url, address.primary_name, call_timeout_s) for url in address.sentinel_urls)
    found, failures = await answers_of(asked)
    if found:
        return max(found, key=lambda answer: answer[0])[1]
    # What a Sentinel refuses says more than the silence of the others.
    refused = next((error for error in failures if isinstance(error, FeedRefused)), None)
    raise refused or FeedUnavailable(f"no Sentinel answers: {failures[0]}")


async def _ask(url: str, name: str, call_timeout_s: float) -> tuple[int, Node]:
    """Return the number of the newest failover that a Sentinel knows, and the primary since then."""
    connection = await RedisConnection.open(url, call_timeout_s)
    try:
        primary, primaries = await connection.call(("SENTINEL", "MASTER", name), ("SENTINEL", "MASTERS"))
    finally:
        await connection.close()
    if not isinstance(primary, ResponseError):
        fields = _fields(primary)
        return int(fields["config-epoch"]), Node(fields["ip"], int(fields["port"]))
    if isinstance(primaries, ResponseError):
        raise FeedRefused(f"{refusal(primary)} (is it a Sentinel?)") from primary
    known = ", ".join(sorted(_fields(each)["name"] for each in primaries)) or "none"
    raise FeedRefused(f"Sentinel does not know the primary {name}; those that it knows: {known}") from primary


def _fields(reply: Sequence[Any]) -> dict[str, str]:
    texts = [bytes(each).decode(errors="replace") for each in reply]
    return dict(zip(texts[::2], texts[1::2], strict=True))
