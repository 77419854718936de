"""`/graphql`: queries over POST, subscriptions over WebSocket, SSE and multipart, GraphiQL for browsers."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import cast

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http.streaming import MultipartSubscriptionTransport
from strawberry.subscriptions import (
    GRAPHQL_SSE_PROTOCOL,
    GRAPHQL_TRANSPORT_WS_PROTOCOL,
    MULTIPART_SUBSCRIPTION_PROTOCOL,
)

from api.context import Context
from api.pages import graphiql
from api.protocol import Conversation
from api.schema import schema
from api.settings import ApiSettings
from api.sse import TickEvents


class GraphQLEndpoint(GraphQL[Context, None]):
    """Strawberry's view with our context, our page and our manners on the wire.

    The legacy `graphql-ws` subprotocol is off: it let clients skip authentication (GHSA-vpwc-v33q-mq89).
    """

    graphql_transport_ws_handler_class = Conversation
    stream_transport_classes_by_protocol = MappingProxyType(
        {MULTIPART_SUBSCRIPTION_PROTOCOL: MultipartSubscriptionTransport, GRAPHQL_SSE_PROTOCOL: TickEvents}
    )

    def __init__(self, settings: ApiSettings) -> None:
        super().__init__(
            schema,
            allow_queries_via_get=False,
            subscription_protocols=(
                GRAPHQL_TRANSPORT_WS_PROTOCOL,
                GRAPHQL_SSE_PROTOCOL,
                MULTIPART_SUBSCRIPTION_PROTOCOL,
            ),
            keep_alive_interval=settings.ping_interval_s,
            allowed_origins=settings.allowed_origins,
        )

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """The process's follower, and where a reconnecting SSE client was."""
        accepts = request.headers.get("accept", "")
        last_event_id = request.headers.get("last-event-id") if "text/event-stream" in accepts else None
        return Context(request.state.follower, request.state.engine, last_event_id or None)

    async def render_graphql_ide(self, request: Request) -> Response:
        """GraphiQL, to a browser that opens the address."""
        return graphiql()

    async def create_streaming_response(
        self,
        request: Request | WebSocket,
        stream: Callable[[], AsyncIterator[str]],
        sub_response: Response,
        headers: Mapping[str, str],
    ) -> Response:
        """A stream that frees its subscription as soon as the client is gone."""
        return _Stream(stream(), headers={**sub_response.headers, **headers})


class _Stream(StreamingResponse):
    """Closes what it streams. Starlette leaves that to the garbage collector."""

    async def stream_response(self, send: Send) -> None:
        async with aclosing(cast("AsyncGenerator[str, None]", self.body_iterator)):
            await super().stream_response(send)
