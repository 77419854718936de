"""`/graphql`: queries over POST, subscriptions over WebSocket, SSE and multipart, GraphiQL for browsers."""

from datetime import timedelta
from types import AsyncGeneratorType, MappingProxyType

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLRequestProtocol
from strawberry.http.streaming import MultipartSubscriptionTransport
from strawberry.subscriptions import (
    GRAPHQL_SSE_PROTOCOL,
    GRAPHQL_TRANSPORT_WS_PROTOCOL,
    MULTIPART_SUBSCRIPTION_PROTOCOL,
)
from strawberry.types import SubscriptionExecutionResult

from api.context import Context
from api.pages import graphiql
from api.protocol import Conversation
from api.schema import schema
from api.settings import ApiSettings
from api.sse import TickEvents

_INIT_WAIT = timedelta(seconds=5)
"""How long a WebSocket may say nothing before it is closed with 4408."""


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
            connection_init_wait_timeout=_INIT_WAIT,
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

    async def _create_streaming_response(
        self,
        request: Request,
        result: SubscriptionExecutionResult,
        protocol: GraphQLRequestProtocol,
        sub_response: Response,
    ) -> Response:
        """A stream that frees its subscription as soon as the client is gone."""
        response = await super()._create_streaming_response(request, result, protocol, sub_response)
        assert isinstance(response, StreamingResponse)
        response.background = BackgroundTask(_close, response.body_iterator, result)
        return response


async def _close(*streams: object) -> None:
    """Close what a stream is made of, outermost first. Starlette and Strawberry leave that to the garbage collector."""
    for stream in streams:
        # One that is running is being cancelled, which closes it too.
        if isinstance(stream, AsyncGeneratorType) and not stream.ag_running:
            await stream.aclose()
