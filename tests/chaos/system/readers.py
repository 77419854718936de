"""Clients of every kind, which read one symbol, and resume at any server when their connection breaks."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import redis.asyncio

from tests.chaos.system.transports import (
    BREAKS,
    BrokenPromise,
    Subscribe,
    Tick,
    Ticks,
    board,
    from_message,
    library_ticks,
    multipart_ticks,
    plain_ticks,
    sse_ticks,
    websocket_ticks,
)
from tests.support.journal import Journal, Received
from tickql.feed.follower import Follower
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql_client.servers import find_server

_IDLE_S = 15.0
"""A client that has heard nothing for this long connects again, as one whose pings are not answered."""
_LEAVE_TICKS = (None, None, 50, 400, 2_000)
"""After how many ticks a client leaves by itself, and resumes; `None`: never."""
_MAX_PAUSE_S = 0.4
_CALL_S = 2.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of client."""

    name: str
    subscribe: Subscribe
    merging: bool = False
    resumes: bool = True
    """Whether it continues after its last tick. A board starts with the newest one."""
    leaves: bool = True
    """Whether it also leaves by itself now and then."""


KINDS = (
    Kind("graphql-transport-ws", websocket_ticks()),
    Kind("plain websocket", plain_ticks),
    Kind("sse", sse_ticks()),
    Kind("multipart", multipart_ticks),
    Kind("tickql's client", library_ticks),
    Kind("latest", websocket_ticks(delivery="LATEST"), merging=True),
    Kind("paced sse", sse_ticks(maxHz=20), merging=True),
    Kind("board", board, merging=True, resumes=False),
)


@dataclass
class Reader:
    """One client. `addresses`: of the servers, of which it takes any each time that it connects."""

    name: str
    kind: Kind
    symbol: str
    addresses: Sequence[str]
    journal: Journal
    chance: random.Random
    cursor: str | None = None
    made_s: float = 0.0
    """When the newest tick that it has was made: Unix seconds."""
    received: int = 0
    breaks: Counter[str] = field(default_factory=Counter)
    """Why its connections ended."""

    def __str__(self) -> str:
        return f"{self.name} {self.symbol}"

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                await self._read_some()
            except BREAKS as error:
                why = f"{type(error).__name__}: {error}"[:80]
                self.breaks[why] += 1
                self.journal.write("break", {"reader": self.name, "symbol": self.symbol, "why": why, "at": time.time()})
            except BrokenPromise as broken:
                self.journal.write("broken", {"reader": self.name, "what": str(broken)})
            await asyncio.sleep(self.chance.uniform(0.01, _MAX_PAUSE_S))

    async def _read_some(self) -> None:
        leave_after = self.chance.choice(_LEAVE_TICKS) if self.kind.leaves else None
        after = self.cursor if self.kind.resumes else None
        fresh = after is None
        address = self.chance.choice(self.addresses)
        place = {"reader": self.name, "symbol": self.symbol, "address": address, "after": after, "at": time.time()}
        self.journal.write("connects", place)
        ticks = self.kind.subscribe(address, self.symbol, after)
        async with aclosing(ticks):
            while leave_after is None or leave_after > 0:
                async with asyncio.timeout(_IDLE_S):
                    tick = await anext(ticks)
                self._take(tick, fresh)
                fresh = False
                leave_after = None if leave_after is None else leave_after - 1

    def _take(self, tick: Tick, fresh: bool) -> None:
        self.cursor, self.made_s = tick["cursor"], float(tick["bid"])
        self.received += 1
        gap = tick["gap"] or {}
        self.journal.write_received(
            Received(
                reader=self.name,
                merging=self.kind.merging,
                symbol=tick["symbol"],
                cursor=tick["cursor"],
                number=int(tick["last"]),
                content=f"{tick['ask']} {tick['bid']} {tick['last']}",
                skipped=tick["skipped"],
                gap=gap.get("reason"),
                gap_after=gap.get("after"),
                lost=gap.get("lost"),
                term=int(tick["ask"]),
                fresh=fresh,
            )
        )


def following(feed: FeedSettings, ring_ticks: int, pause_s: float = 0.0) -> Subscribe:
    """A reader of `tickql.feed` itself. `pause_s`: after each 300 ticks, so that the ring overtakes it."""

    async def ticks(url: str, symbol: str, after: str | None) -> Ticks:
        cursor = None if after is None else Cursor.parse(after)
        async with Follower(feed, ring_ticks=ring_ticks) as follower, follower.tail(symbol, cursor) as reader:
            while True:
                for _ in range(300):
                    tick, skipped, gap = await reader.next()
                    told = gap and {"reason": gap.reason, "after": gap.after and str(gap.after), "lost": gap.lost}
                    prices = {"ask": tick.ask, "bid": tick.bid, "last": tick.last}
                    yield {"symbol": symbol, "cursor": str(tick.cursor), "skipped": skipped, "gap": told, **prices}
                await asyncio.sleep(pause_s)

    return ticks


def naive(feed: FeedSettings) -> Subscribe:
    """The naive twin: it subscribes in Redis, takes each message as it arrives, and knows no cursor."""

    async def ticks(url: str, symbol: str, after: str | None) -> Ticks:
        channel = feed.keys.channel(symbol)
        try:
            server = await find_server(feed.redis_url, channel, _CALL_S)
            async with redis.asyncio.Redis.from_url(server.url, protocol=2) as client, client.pubsub() as pubsub:
                await (pubsub.ssubscribe if feed.keys.is_sharded else pubsub.subscribe)(channel)
                async for message in _messages(pubsub):
                    if b'"LAST"' in message:
                        yield from_message(message)
        except redis.RedisError as error:
            raise EOFError(str(error)) from error

    return ticks


async def _messages(pubsub: "redis.asyncio.client.PubSub") -> AsyncGenerator[bytes, None]:
    async for message in pubsub.listen():
        if message["type"] in ("message", "smessage"):
            yield message["data"]
