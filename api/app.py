"""The API as an ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import Route, WebSocketRoute

from tickql.api.cache.middleware import QueryCacheMiddleware
from tickql.api.cache.query_cache import QueryCache
from tickql.api.cache.request_rules import GRAPHQL_PATH
from tickql.api.fanout.engine import Engine
from tickql.api.health import healthz, readyz
from tickql.api.limits.values import LIMITS
from tickql.api.pages import assets
from tickql.api.settings import ApiSettings
from tickql.api.timings import Timings
from tickql.api.transport.endpoint import GraphQLEndpoint
from tickql.api.transport.plain_websocket import PlainWebSocket
from tickql.feed import gc_tuning
from tickql.feed.follower import Follower


class State(TypedDict):
    """The objects that all requests of the process share, as `request.state`."""

    follower: Follower
    engine: Engine
    query_cache: QueryCache


def create_app(settings: ApiSettings | None = None, timings: Timings | None = None) -> Starlette:
    """Build the application. Without `settings` they are read from the environment.

    The application starts without Redis: subscriptions wait and queries fail until Redis can be reached.
    """
    settings = settings or ApiSettings()
    timings = timings or Timings()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[State]:
        gc_tuning.tune_gc()
        async with Follower(settings) as follower:
            yield {"follower": follower, "engine": Engine(follower), "query_cache": QueryCache(follower)}

    graphql = GraphQLEndpoint(settings, timings)
    return Starlette(
        routes=[
            Route("/", lambda _: RedirectResponse(GRAPHQL_PATH)),
            Route(GRAPHQL_PATH, graphql),
            WebSocketRoute(GRAPHQL_PATH, graphql),
            WebSocketRoute("/ws/{symbol:path}", PlainWebSocket(settings).serve),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            assets(),
        ],
        # In this order: a cached query passes neither of the other two, which its first execution has passed.
        middleware=[
            Middleware(QueryCacheMiddleware),
            Middleware(RequestBodyLimitMiddleware, max_body_size=LIMITS.body_bytes),
            Middleware(
                CORSMiddleware,
                allow_origins=settings.allowed_origins,
                allow_methods=("GET", "POST"),
                allow_headers=("Content-Type", "Last-Event-ID"),
            ),
        ],
        lifespan=lifespan,
    )
