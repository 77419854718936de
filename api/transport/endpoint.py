"""`/graphql`: queries over POST, subscriptions over WebSocket, server-sent events and multipart, GraphiQL over GET."""

from datetime import timedelta
from types import AsyncGeneratorType, MappingProxyType
from typing import Any

from cross_web import HTTPException
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLRequestProtocol
from strawberry.http.streaming import MultipartSubscriptionTransport
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.subscriptions import (
    GRAPHQL_SSE_PROTOCOL,
    GRAPHQL_TRANSPORT_WS_PROTOCOL,
    MULTIPART_SUBSCRIPTION_PROTOCOL,
)
from strawberry.types import ExecutionResult, SubscriptionExecutionResult
from strawberry.types.graphql import OperationType

from tickql.api.context import Context
from tickql.api.fanout.shared_timer import SharedTimer
from tickql.api.pages import graphiql
from tickql.api.schema import schema
from tickql.api.settings import ApiSettings
from tickql.api.timings import Timings
from tickql.api.transport.graphql_transport_ws import GraphQLTransportWSHandler
from tickql.api.transport.sse import TickEvents

_STREAM_NEEDED = (
    "a subscription needs a WebSocket (graphql-transport-ws), or a request that accepts text/event-stream or "
    "multipart/mixed"
)


class GraphQLEndpoint(GraphQL[Context, None]):
    """Strawberry's ASGI view with tickql's context, transports and GraphiQL page.

    The legacy subprotocol `graphql-ws` is off: it allows clients to skip authentication (GHSA-vpwc-v33q-mq89).
    """

    graphql_transport_ws_handler_class = GraphQLTransportWSHandler
    stream_transport_classes_by_protocol = MappingProxyType(
        {MULTIPART_SUBSCRIPTION_PROTOCOL: MultipartSubscriptionTransport, GRAPHQL_SSE_PROTOCOL: TickEvents}
    )

    def __init__(self, settings: ApiSettings, timings: Timings) -> None:
        super().__init__(
            schema,
            allow_queries_via_get=False,
            subscription_protocols=(
                GRAPHQL_TRANSPORT_WS_PROTOCOL,
                GRAPHQL_SSE_PROTOCOL,
                MULTIPART_SUBSCRIPTION_PROTOCOL,
            ),
            connection_init_wait_timeout=timedelta(seconds=timings.connection_init_s),
            allowed_origins=settings.allowed_origins,
        )
        self.ping_timer = SharedTimer(1 / settings.ping_interval_s)
        """Sends the pings of all WebSocket connections."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Return the context of a request, with the last event id of a reconnecting SSE client."""
        accepts = request.headers.get("accept", "")
        last_event_id = request.headers.get("last-event-id") if "text/event-stream" in accepts else None
        return Context(request.state.follower, request.state.engine, last_event_id or None)

    async def execute_single(self, *arguments: Any, **named: Any) -> ExecutionResult:
        """Execute a query. A subscription is refused with 400 and the transports that it can use."""
        try:
            return await super().execute_single(*arguments, **named)
        except HTTPException as error:
            refused = error.__cause__
            if isinstance(refused, InvalidOperationTypeError) and refused.operation_type is OperationType.SUBSCRIPTION:
                raise HTTPException(400, _STREAM_NEEDED) from error
            raise

    async def render_graphql_ide(self, request: Request) -> Response:
        """Return the GraphiQL page, for a browser that opens the address."""
        return graphiql()

    async def _create_streaming_response(
        self,
        request: Request,
        result: SubscriptionExecutionResult,
        protocol: GraphQLRequestProtocol,
        sub_response: Response,
    ) -> Response:
        """Return a stream whose subscription ends as soon as the client disconnects."""
        response = await super()._create_streaming_response(request, result, protocol, sub_response)
        assert isinstance(response, StreamingResponse)
        response.background = BackgroundTask(_close, response.body_iterator, result)
        return response


async def _close(*streams: object) -> None:
    """Close nested generators, outermost first. Starlette and Strawberry leave that to the garbage collector."""
    for stream in streams:
        # A generator that is running belongs to a task that is being cancelled, which closes the generator, too.
        if isinstance(stream, AsyncGeneratorType) and not stream.ag_running:
            await stream.aclose()
