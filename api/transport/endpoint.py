"""`/graphql`: queries over POST, subscriptions over WebSocket, SSE and multipart, GraphiQL for browsers."""

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
from tickql.api.fanout.clock import Clock
from tickql.api.pages import graphiql
from tickql.api.schema import schema
from tickql.api.settings import ApiSettings
from tickql.api.transport.graphql_transport_ws import GraphQLTransportWSHandler
from tickql.api.transport.sse import TickEvents

_INIT_WAIT = timedelta(seconds=5)
"""How long a WebSocket may say nothing before it is closed with 4408."""


_NO_STREAM = (
    "a subscription needs a WebSocket (graphql-transport-ws), or a request that accepts text/event-stream or "
    "multipart/mixed"
)


class GraphQLEndpoint(GraphQL[Context, None]):
    """Strawberry's view with our context, our page and our manners on the wire.

    The legacy `graphql-ws` subprotocol is off: it let clients skip authentication (GHSA-vpwc-v33q-mq89).
    """

    graphql_transport_ws_handler_class = GraphQLTransportWSHandler
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
            allowed_origins=settings.allowed_origins,
        )
        self.pings = Clock(1 / settings.ping_interval_s)
        """When clients are pinged."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """The process's follower, and where a reconnecting SSE client was."""
        accepts = request.headers.get("accept", "")
        last_event_id = request.headers.get("last-event-id") if "text/event-stream" in accepts else None
        return Context(request.state.follower, request.state.engine, last_event_id or None)

    async def execute_single(self, *arguments: Any, **named: Any) -> ExecutionResult:
        """Answer over plain HTTP, or say what a subscription needs."""
        try:
            return await super().execute_single(*arguments, **named)
        except HTTPException as error:
            refused = error.__cause__
            if isinstance(refused, InvalidOperationTypeError) and refused.operation_type is OperationType.SUBSCRIPTION:
                raise HTTPException(400, _NO_STREAM) from error
            raise

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
