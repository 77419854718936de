"""A pool of connections to the nodes of a cluster: each command goes to the node that serves its key."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from redis.exceptions import AskError, MovedError, ResponseError

from tickql.feed.cluster.redirects import REDIRECTS
from tickql.feed.cluster.topology import Topology
from tickql.feed.connection import Command, RedisConnection
from tickql.feed.errors import FeedRefused, FeedUnavailable
from tickql.feed.fair_turns import FairTurns
from tickql.feed.redis_address import Node

logger = logging.getLogger("tickql.feed")

_ASKING: Command = ("ASKING",)
_SCRIPTS = ("EVALSHA", "EVALSHA_RO", "EVAL", "EVAL_RO")
_KEYLESS = ("INFO", "TIME", "SCRIPT")


def key_of(command: Command) -> str | None:
    """Return the first key or sharded channel of a command of the feed; `None`: it has none."""
    if command[0] in _SCRIPTS:
        return str(command[3]) if int(command[2]) else None
    return None if command[0] in _KEYLESS else str(command[1])


class _Part:
    """A command with a key, and those after it that have none and so go to the same node."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.numbers: list[int] = []
        """The places of the commands in the call."""


class ClusterPool:
    """Like `ConnectionPool`, for a cluster. The commands must be safe to repeat. The first one of a call has a key."""

    def __init__(self, topology: Topology, call_timeout_s: float, size: int, max_waiting: int) -> None:
        """`size`: calls at the same time. `max_waiting`: how many calls of one client may wait."""
        self._topology = topology
        self._call_timeout_s = call_timeout_s
        self._idle: defaultdict[Node, list[RedisConnection]] = defaultdict(list)
        self._turns = FairTurns(size, max_waiting)

    async def call(self, *commands: Command) -> list[Any]:
        """Send commands and return their replies; the reply of a refused command is its `ResponseError`.

        Raises:
            FeedBusy: too many calls of the same client wait.
            FeedUnavailable: a node cannot be reached, does not answer within the timeout, or does not serve its slots.
        """
        async with self._turns.turn():
            return await self._call(commands)

    async def close(self) -> None:
        """Close the connections that are not in use."""
        for connections in self._idle.values():
            while connections:
                await connections.pop().close()

    async def _call(self, commands: Sequence[Command]) -> list[Any]:
        replies: list[Any] = [None] * len(commands)
        try:
            async with asyncio.timeout(self._call_timeout_s):
                parts = _parts(commands)
                while parts:
                    parts = await self._try(parts, commands, replies)
        except TimeoutError as error:
            await self.close()
            redirect = next((reply for reply in replies if isinstance(reply, REDIRECTS)), None)
            if redirect is not None:
                raise FeedUnavailable(f"the cluster does not serve a slot: {redirect}") from redirect
            self._turns.fail_waiting(self._no_answer)
            raise self._no_answer() from error
        except FeedRefused:
            raise
        except FeedUnavailable as error:
            raise FeedUnavailable(f"redis does not answer: {error}") from error
        return replies

    def _no_answer(self) -> FeedUnavailable:
        return FeedUnavailable(f"redis does not answer: no answer within {self._call_timeout_s:g} s")

    async def _try(self, parts: Sequence[_Part], commands: Sequence[Command], replies: list[Any]) -> list[_Part]:
        """Send each part to its node, fill in the replies, and return the parts that are to be sent again."""
        by_node: defaultdict[Node, list[_Part]] = defaultdict(list)
        for part in parts:
            by_node[await self._topology.node_of(part.key)].append(part)
        asked = [self._ask(node, of_node, commands, replies) for node, of_node in by_node.items()]
        if len(asked) == 1:
            await asked[0]
        else:
            errors = [each for each in await asyncio.gather(*asked, return_exceptions=True) if each is not None]
            if errors:
                raise errors[0]
        again = [part for part in parts if _redirect(part, replies) is not None]
        for part in again:
            redirect = _redirect(part, replies)
            if isinstance(redirect, AskError) and not isinstance(redirect, MovedError):
                await self._ask(Node(redirect.host, redirect.port), [part], commands, replies, asking=True)
        again = [part for part in again if _redirect(part, replies) is not None]
        if again:
            await self._topology.refresh()
        return again

    async def _ask(
        self, node: Node, parts: Sequence[_Part], commands: Sequence[Command], replies: list[Any], asking: bool = False
    ) -> None:
        numbers = [number for part in parts for number in part.numbers]
        sent: list[Command] = []
        for number in numbers:
            sent += [_ASKING, commands[number]] if asking else [commands[number]]
        received = await self._exchange(node, sent)
        for number, reply in zip(numbers, received[1::2] if asking else received, strict=True):
            replies[number] = reply

    async def _exchange(self, node: Node, commands: Sequence[Command]) -> list[Any]:
        idle = self._idle[node]
        if idle:
            try:
                return await self._run(node, idle.pop(), commands)
            except FeedUnavailable as error:
                logger.debug("a kept connection to %s broke: %s", node, error)
                while idle:
                    await idle.pop().close()
                # What broke it may be a failover.
                await self._topology.refresh()
                if node not in self._topology.slots.nodes:
                    return [_moved(error)] * len(commands)
        try:
            connection = await RedisConnection.open(self._topology.url_of(node), self._call_timeout_s)
        except FeedUnavailable as error:
            await self._topology.refresh()
            if node in self._topology.slots.nodes:
                raise
            return [_moved(error)] * len(commands)
        return await self._run(node, connection, commands)

    async def _run(self, node: Node, connection: RedisConnection, commands: Sequence[Command]) -> list[Any]:
        try:
            replies = await connection.call(*commands)
        except BaseException:
            # Also after a cancellation: a reply that arrives later would be taken for that to the next call.
            await connection.close()
            raise
        self._idle[node].append(connection)
        return replies


def _parts(commands: Sequence[Command]) -> list[_Part]:
    parts: list[_Part] = []
    for number, command in enumerate(commands):
        key = key_of(command)
        if key is not None:
            parts.append(_Part(key))
        parts[-1].numbers.append(number)
    return parts


def _redirect(part: _Part, replies: Sequence[Any]) -> ResponseError | None:
    return next((replies[number] for number in part.numbers if isinstance(replies[number], REDIRECTS)), None)


def _moved(error: FeedUnavailable) -> ResponseError:
    """Return the answer of a node that serves nothing any more: its commands go to the nodes that do now."""
    # The slot and the place in it are not used: the topology was read a moment ago.
    moved = MovedError("0 127.0.0.1:0")
    moved.__cause__ = error
    return moved
