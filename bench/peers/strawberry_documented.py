"""Strawberry as its documentation shows it: an async generator per subscriber over a Redis pub/sub of its own.

Run: `python -m bench.peers.strawberry_documented PORT REDIS_URL`
"""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import redis.asyncio
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL

PORT, REDIS_URL = int(sys.argv[1]), sys.argv[2]
newest: dict[str, "Tick"] = {}


@strawberry.type
class Tick:
    """The five fields that every server here answers, and the symbol."""

    symbol: str
    seq: int
    timestamp: str
    ask: str | None
    bid: str | None
    last: str | None


@strawberry.type
class Query:
    """Answered from memory."""

    @strawberry.field
    async def last_price(self, symbol: str) -> Tick | None:
        """The newest tick."""
        return newest.get(symbol)


@strawberry.type
class Subscription:
    """One pub/sub and one execution per subscriber."""

    @strawberry.subscription
    async def ticks(self, symbol: str) -> AsyncGenerator[Tick, None]:
        """Every tick."""
        async with redis.asyncio.from_url(REDIS_URL, protocol=2) as client, client.pubsub() as channel:
            await channel.subscribe(f"ticks:{symbol}")
            async for message in channel.listen():
                if message["type"] == "message":
                    yield Tick(**json.loads(message["data"])["ticks"])


async def follow() -> None:
    """Keep the newest ticks, for the query."""
    async with redis.asyncio.from_url(REDIS_URL, protocol=2) as client, client.pubsub() as channels:
        await channels.psubscribe("ticks:*")
        async for message in channels.listen():
            if message["type"] == "pmessage":
                tick = Tick(**json.loads(message["data"])["ticks"])
                newest[tick.symbol] = tick


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Follow as long as the server runs."""
    following = asyncio.create_task(follow())
    yield
    following.cancel()


schema = strawberry.Schema(query=Query, subscription=Subscription)
graphql: GraphQL[None, None] = GraphQL(schema)
app = Starlette(routes=[Route("/graphql", graphql), WebSocketRoute("/graphql", graphql)], lifespan=lifespan)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning", timeout_graceful_shutdown=1)
