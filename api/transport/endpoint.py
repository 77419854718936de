"""`/graphql`: queries over POST, subscriptions over WebSocket, server-sent events and multipart, GraphiQL over GET."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from types import MappingProxyType
from typing import Any, cast

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData, GraphQLRequestProtocol
from strawberry.subscriptions import (
    GRAPHQL_SSE_PROTOCOL,
    GRAPHQL_TRANSPORT_WS_PROTOCOL,
    MULTIPART_SUBSCRIPTION_PROTOCOL,
)
from strawberry.types import ExecutionResult, SubscriptionExecutionResult

from tickql.api.access.grant import NOTHING, Grant
from tickql.api.context import Context
from tickql.api.errors import KeysAway, Unauthenticated
from tickql.api.fanout.shared_timer import SharedTimer
from tickql.api.pages import graphiql
from tickql.api.permitted_feed import PermittedFeed
from tickql.api.schema import build_schema, schema
from tickql.api.schema.encoded_value import encode_json
from tickql.api.settings import ApiSettings
from tickql.api.timings import Timings
from tickql.api.transport.authentication import authenticate, refusal_of
from tickql.api.transport.graphql_transport_ws import GraphQLTransportWSHandler
from tickql.api.transport.http_errors import RequestRefused, error_response
from tickql.api.transport.json_text import decode_json
from tickql.api.transport.multipart import MULTIPART_HEARTBEAT_S, MultipartStream
from tickql.api.transport.negotiation import GRAPHQL_JSON, JSON, negotiate
from tickql.api.transport.operation_parts import check_operation, url_parts
from tickql.api.transport.refused_result import is_subscription, remove_data_of_refused, set_form, status_of
from tickql.api.transport.result_stream import ResultStream
from tickql.api.transport.sse import EventStream
from tickql.api.transport.websocket_adapter import WebSocketAdapter
from tickql.feed.fair_turns import current_client

_STREAM_NEEDED = (
    "a subscription needs a WebSocket (graphql-transport-ws), or a request that accepts text/event-stream or "
    "multipart/mixed"
)

_ANSWERS = (
    f"the server can answer with {JSON} or {GRAPHQL_JSON}, and with a stream: text/event-stream, or multipart/mixed "
    "with subscriptionSpec=1.0"
)


class GraphQLEndpoint(GraphQL[Context, None]):
    """Strawberry's ASGI view with tickql's context, transports and GraphiQL page.

    The legacy subprotocol `graphql-ws` is off: it allows clients to skip authentication (GHSA-vpwc-v33q-mq89).
    """

    graphql_transport_ws_handler_class = GraphQLTransportWSHandler
    websocket_adapter_class = WebSocketAdapter
    stream_transport_classes_by_protocol = MappingProxyType(
        {MULTIPART_SUBSCRIPTION_PROTOCOL: MultipartStream, GRAPHQL_SSE_PROTOCOL: EventStream}
    )

    def __init__(self, settings: ApiSettings, timings: Timings) -> None:
        super().__init__(
            build_schema(is_production=True) if settings.production else schema,
            graphql_ide=None if settings.production else "graphiql",
            max_subscriptions_per_connection=settings.max_operations_per_connection,
            allow_queries_via_get=False,
            subscription_protocols=(
                GRAPHQL_TRANSPORT_WS_PROTOCOL,
                GRAPHQL_SSE_PROTOCOL,
                MULTIPART_SUBSCRIPTION_PROTOCOL,
            ),
            connection_init_wait_timeout=timedelta(seconds=timings.connection_init_s),
            # `SiteRules` has checked the origin.
            allowed_origins=("*",),
        )
        self.ping_timer = SharedTimer(1 / settings.ping_interval_s)
        """Sends the pings of all WebSocket connections, and the heartbeats of all event streams."""
        self.heartbeat_timer = SharedTimer(1 / MULTIPART_HEARTBEAT_S)
        """Sends the heartbeats of all multipart streams."""

    def decode_json(self, data: str | bytes) -> object:
        """Return the value of a JSON text. Raises `json.JSONDecodeError` for all that is none."""
        return decode_json(data)

    def encode_json(self, data: object) -> str:
        """Encode a result, which may hold values that are encoded already. A text: bytes become binary frames."""
        return encode_json(data).decode()

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Return the context of a request, with the last event id of a reconnecting SSE client."""
        current_client.set(request.client.host if request.client else None)
        accepts = request.headers.get("accept", "")
        last_event_id = request.headers.get("last-event-id") if "text/event-stream" in accepts else None
        # A WebSocket has no grant before its `connection_init`.
        grant: Grant = getattr(request.state, "grant", NOTHING)
        return Context(PermittedFeed(request.state.follower, grant), last_event_id or None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one WebSocket. What cannot be served is answered with JSON."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            # Without an operation it is the GraphiQL page, where a person enters the token.
            if request.method != "GET" or "query" in request.query_params:
                request.state.grant = await authenticate(request)
            response = await self.run(request)
        except (Unauthenticated, KeysAway) as error:
            status, _ = refusal_of(error)
            refused = RequestRefused(status, GraphQLError(str(error), extensions=error.extensions))
            response = error_response(refused, negotiate(request.headers.get("accept")).json_type)
        except HTTPException as refused:
            response = error_response(refused, negotiate(request.headers.get("accept")).json_type)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        """Return the operation of a request.

        Raises:
            HTTPException: there is none.
        """
        parts = await self._operation_parts(request)
        try:
            check_operation(parts)
        except GraphQLError as error:
            raise RequestRefused(status_of(error, request.headers.get("accept")), error) from error
        return GraphQLRequestData(
            query=parts["query"],
            variables=parts.get("variables"),
            operation_name=parts.get("operationName"),
            extensions=parts.get("extensions"),
        )

    async def _operation_parts(self, request: AsyncHTTPRequestAdapter) -> dict[str, Any]:
        if request.method == "GET":
            parts: object = url_parts(request.query_params)
        else:
            if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
                raise HTTPException(415, "a request must not be compressed")
            media_type = (request.content_type or "").partition(";")[0].strip().lower()
            if media_type != JSON:
                raise HTTPException(415, "the content type of a request must be application/json")
            parts = self.parse_json(await request.get_body())
        if isinstance(parts, list):
            raise HTTPException(400, "a request must have one operation: batches are not supported")
        if not isinstance(parts, dict):
            raise HTTPException(400, "the body must be a JSON object")
        return parts

    async def execute_operation(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        request_data: GraphQLRequestData | list[GraphQLRequestData],
        context: Context,
        root_value: None,
        sub_response: Response,
    ) -> ExecutionResult | list[ExecutionResult] | SubscriptionExecutionResult:
        """Execute a query and answer with JSON if the client accepts it; start a stream for all else."""
        assert isinstance(request_data, GraphQLRequestData), "batches are refused before"
        accept = negotiate(request.headers.get("accept"))
        # The event loop runs all tasks that are ready before it reads from any connection again: a hundred operations
        # that one client starts at once would hold up all others.
        await context.feed.slices.turn()
        if accept.json_type is not None:
            try:
                result = await self.execute_single(
                    request, request_adapter, sub_response, context, root_value, request_data
                )
            except HTTPException as error:
                if accept.stream is None or not is_subscription(error):
                    raise
            else:
                set_form(sub_response, result, accept.json_type)
                return result
        if accept.stream is None:
            raise HTTPException(406, _ANSWERS)
        request_data.protocol = accept.stream
        return await super().execute_operation(
            request, request_adapter, request_data, context, root_value, sub_response
        )

    async def execute_single(self, *arguments: Any, **named: Any) -> ExecutionResult:
        """Execute a query. A subscription is refused with 400 and the transports that it can use."""
        try:
            return await super().execute_single(*arguments, **named)
        except HTTPException as error:
            if is_subscription(error):
                raise HTTPException(400, _STREAM_NEEDED) from error.__cause__
            raise

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """Return the answer to an operation, without `data` if the operation was refused."""
        answer = await super().process_result(request, result)
        remove_data_of_refused(cast(dict[str, Any], answer))
        return answer

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """Return an answer in the form that `execute_operation` has chosen."""
        return Response(encode_json(response_data), sub_response.status_code, media_type=sub_response.media_type)

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
        """Return a stream of the results."""
        transport = self._get_stream_transport(protocol)
        assert isinstance(transport, EventStream | MultipartStream)
        return ResultStream(
            self._encoded(request, result, transport),
            transport.format,
            request.state,
            self.ping_timer if isinstance(transport, EventStream) else self.heartbeat_timer,
        )

    async def _encoded(
        self, request: Request, results: SubscriptionExecutionResult, transport: EventStream | MultipartStream
    ) -> AsyncGenerator[str, None]:
        pending: list[Any] = []
        async with aclosing(cast(AsyncGenerator[Any, None], results)):
            async for result in results:
                response, pending = await self._process_stream_result(request, result, pending)
                yield transport.encode_next(response, self.encode_json_string)
