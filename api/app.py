"""The API as an ASGI application: one follower of the feed, shared by every request of the process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import Route, WebSocketRoute

from tickql.api.cache.middleware import PATH, QueryCacheMiddleware
from tickql.api.cache.query_cache import QueryCache
from tickql.api.fanout.engine import Engine
from tickql.api.health import healthz, readyz
from tickql.api.pages import assets
from tickql.api.settings import ApiSettings
from tickql.api.transport.endpoint import GraphQLEndpoint
from tickql.api.transport.plain_websocket import PlainWebSocket
from tickql.feed import gc_tuning
from tickql.feed.follower import Follower

_LARGEST_BODY_BYTES = 64 * 1024


class State(TypedDict):
    """What each request finds in `request.state`."""

    follower: Follower
    engine: Engine
    recipes: QueryCache


def create_app(settings: ApiSettings | None = None) -> Starlette:
    """Build the application; without `settings` they come from the environment. Serving it does not wait for Redis."""
    settings = settings or ApiSettings()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[State]:
        gc_tuning.tune_gc()
        async with Follower(settings) as follower:
            yield {"follower": follower, "engine": Engine(follower), "recipes": QueryCache()}

    graphql = GraphQLEndpoint(settings)
    return Starlette(
        routes=[
            Route("/", lambda _: RedirectResponse(PATH)),
            Route(PATH, graphql),
            WebSocketRoute(PATH, graphql),
            WebSocketRoute("/ws/{symbol:path}", PlainWebSocket(settings).serve),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            assets(),
        ],
        middleware=[
            Middleware(QueryCacheMiddleware),
            Middleware(RequestBodyLimitMiddleware, max_body_size=_LARGEST_BODY_BYTES),
            Middleware(
                CORSMiddleware,
                allow_origins=settings.allowed_origins,
                allow_methods=("GET", "POST"),
                allow_headers=("Content-Type", "Last-Event-ID"),
            ),
        ],
        lifespan=lifespan,
    )
