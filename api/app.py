"""The API as an ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from tickql.api import pages
from tickql.api.access.authenticator import Authenticator
from tickql.api.access.sessions import Sessions
from tickql.api.cache.middleware import QueryCacheMiddleware
from tickql.api.cache.query_cache import QueryCache
from tickql.api.cache.request_rules import GRAPHQL_PATH
from tickql.api.fanout.delivery_tracer import DeliveryTracer
from tickql.api.fanout.engine import Engine
from tickql.api.fanout.feed_file_json import PICTURE_PATH
from tickql.api.health import healthz, readyz
from tickql.api.limits.values import LIMITS
from tickql.api.metrics.endpoint import METRICS_PATH, SampleReader, metrics, worker_samples
from tickql.api.metrics.reading import read
from tickql.api.settings import ApiSettings
from tickql.api.timings import Timings
from tickql.api.transport.authentication import TICKET_PATH, ticket
from tickql.api.transport.endpoint import GraphQLEndpoint
from tickql.api.transport.picture import picture
from tickql.api.transport.plain_websocket import serve_plain
from tickql.api.transport.site_rules import SiteRules
from tickql.feed import gc_tuning
from tickql.feed.follower import Follower
from tickql.feed.timings import DEFAULT_TIMINGS
from tickql.feed.timings import Timings as FeedTimings
from tickql.feed.tracing.tick_traces import open_traces

_ALLOWED_HEADERS = (
    *("Accept", "Authorization", "Content-Type", "Last-Event-ID", "X-Requested-With"),
    *("Apollographql-Client-Name", "Apollographql-Client-Version", "Apollo-Require-Preflight"),
    *("Traceparent", "Tracestate", "Baggage"),
)
"""Headers that pages of allowed origins may send: those of GraphQL clients and of tracing."""
_PREFLIGHT_S = 7200
"""How long a browser may keep the answer to a preflight request: Chrome keeps it no longer."""


class State(TypedDict):
    """The objects that all requests of the process share, as `request.state`."""

    follower: Follower
    engine: Engine
    authenticator: Authenticator
    sessions: Sessions
    query_cache: QueryCache
    read_samples: SampleReader


def create_app(
    settings: ApiSettings | None = None,
    timings: Timings | None = None,
    feed_timings: FeedTimings = DEFAULT_TIMINGS,
    metrics_folder: Path | None = None,
) -> Starlette:
    """Build the application. Without `settings` they are read from the environment.

    `metrics_folder`: where all workers of a server write what they have counted; `None`: this is the only process.

    The application starts without Redis: subscriptions wait and queries fail until Redis can be reached.

    Raises:
        TokenFileUnusable, KeysUnusable: the tokens or keys of the settings cannot be read.
    """
    settings = settings or ApiSettings()
    timings = timings or Timings()
    authenticator = Authenticator(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[State]:
        gc_tuning.tune_gc()
        sessions = Sessions(authenticator)
        async with open_traces("tickql-api") as traces, Follower(settings, timings=feed_timings) as follower:
            checking = asyncio.create_task(sessions.run(), name="sessions")
            shared = None if metrics_folder is None else worker_samples(follower, metrics_folder)
            writing = None if shared is None else asyncio.create_task(shared.run(), name="metrics")
            yield {
                "follower": follower,
                "engine": Engine(follower, None if traces is None else DeliveryTracer(traces)),
                "query_cache": QueryCache(follower, authenticator),
                "authenticator": authenticator,
                "sessions": sessions,
                "read_samples": partial(read, follower) if shared is None else shared.all,
            }
            checking.cancel()
            if shared is not None and writing is not None:
                writing.cancel()
                shared.close()

    graphql = GraphQLEndpoint(settings, timings)
    return _Api(
        settings,
        routes=[
            *pages.routes(has_graphiql=not settings.production),
            Route(GRAPHQL_PATH, graphql),
            WebSocketRoute(GRAPHQL_PATH, graphql),
            WebSocketRoute("/ws/{symbol:path}", serve_plain),
            Route(TICKET_PATH, ticket, methods=["POST"]),
            Route(METRICS_PATH, metrics),
            Route(PICTURE_PATH, picture),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
        ],
        # In this order: a cached query does not pass the limit, which its first execution has passed.
        middleware=[
            Middleware(SiteRules, settings=settings),
            Middleware(QueryCacheMiddleware),
            Middleware(RequestBodyLimitMiddleware, max_body_size=LIMITS.body_bytes),
        ],
        lifespan=lifespan,
    )


class _Api(Starlette):
    """Starlette with CORS around everything: a page may read refusals and failures, too."""

    def __init__(self, settings: ApiSettings, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._origins = settings.allowed_origins

    def build_middleware_stack(self) -> ASGIApp:
        """Return the application with all middleware. Starlette alone would answer failures outside of CORS."""
        return CORSMiddleware(
            super().build_middleware_stack(),
            allow_origins=self._origins,
            allow_methods=("GET", "POST"),
            allow_headers=_ALLOWED_HEADERS,
            max_age=_PREFLIGHT_S,
        )
