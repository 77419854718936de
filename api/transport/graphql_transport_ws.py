"""The protocol graphql-transport-ws, as Strawberry implements it, with five differences.

* The shape of each message is checked (see `client_messages`): Strawberry fails at many a malformed one.
* A document that cannot be parsed ends its own operation, not the connection.
* `connection_init` may have the payload null, which the protocol allows.
* A failure of the server inside a subscription closes the connection, so that the client resumes (see `failure`).
* The server pings, so that proxies keep an idle connection open and clients notice a dead one.

Protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, cast

from graphql import GraphQLError
from starlette.websockets import WebSocket
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
    _OperationStreamClosed,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    PingMessage,
    SubscribeMessage,
)

from tickql.api.context import Context
from tickql.api.errors import KeysAway, LimitExceeded, Unauthenticated
from tickql.api.fanout.handoff import Handoff, current_handoff
from tickql.api.fanout.result_encoder import Framing
from tickql.api.fanout.shared_timer import SharedTimer
from tickql.api.fanout.socket import Socket
from tickql.api.fanout.subscriber import Subscriber
from tickql.api.limits.connection_usage import ConnectionUsage
from tickql.api.limits.refusals import refusals
from tickql.api.traffic import Transport, traffic
from tickql.api.transport.authentication import authenticate
from tickql.api.transport.client_messages import BadOperation, MalformedMessage, check_message
from tickql.api.transport.close_codes import FAILURE_REASON, FORBIDDEN, TRY_AGAIN_LATER
from tickql.api.transport.connection_token import ConnectionToken
from tickql.api.transport.refused_result import remove_data_of_refused
from tickql.api.transport.websocket_connection import mark_established, socket_of

_NEXT = Framing(b"", b"}", Transport.WEBSOCKET)
"""The end of a `next` message: the message itself begins with the operation's prefix."""
_PING = b'{"type":"ping"}'


class GraphQLTransportWSHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """One WebSocket connection and its operations."""

    _ping_phase: int | None = None
    _own_socket: Socket | None = None
    _token: ConnectionToken | None = None
    """`None`: there was no `connection_init` yet."""
    _closing: asyncio.Task[None] | None = None
    """Closes the connection because its token has ended."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._usage = ConnectionUsage()
        self._served: dict[str, Subscriber] = {}
        """What the engine serves, by the id of the operation."""

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        """Run one operation. The engine serves it if its `Handoff` is complete."""
        handoff = Handoff()
        current_handoff.set(handoff)
        traffic.operations[Transport.WEBSOCKET] += 1
        try:
            await self.context.feed.slices.turn()
            await super().run_operation(operation)
            await self._serve(operation, handoff)
        finally:
            traffic.operations[Transport.WEBSOCKET] -= 1

    async def _serve(self, operation: Operation[Context, None], handoff: Handoff) -> None:
        """Have the engine serve an operation, if it takes it over, until it ends."""
        if handoff.complete and not operation.completed:
            # The operation may live for days and does not need its document and variables any more.
            operation.query, operation.variables = "", None
            prefix = b'{"id":%b,"type":"next","payload":' % json.dumps(operation.id).encode()
            subscriber = self._served[operation.id] = Subscriber(self._socket(), prefix)
            try:
                self._usage.claim(operation, handoff.named_symbols, handoff.selection)
                await handoff.serve(self._websocket.state.engine, _NEXT, subscriber)
            except LimitExceeded as error:
                refusals.refused(f"an operation, because of its connection's {error.extensions['limit']}")
                await operation.send_initial_errors([GraphQLError(str(error), extensions=error.extensions)])
            except Exception as error:  # noqa: BLE001 - logged by the next line
                await self.handle_task_exception(error)
                await self.websocket.close(TRY_AGAIN_LATER, FAILURE_REASON)
            finally:
                self._usage.release(operation)
                if self._served.get(operation.id) is subscriber:
                    del self._served[operation.id]

    async def cleanup_operation(self, operation_id: str) -> None:
        """End an operation. Nothing of it is sent from now on: its id may be that of the next one."""
        if operation_id in self._served:
            self._served.pop(operation_id).end()
        await super().cleanup_operation(operation_id)

    async def send_message(self, message: Message) -> None:
        """Send a message. The result of a refused operation has no `data`: it was not executed."""
        if message["type"] == "next":
            traffic.messages[Transport.WEBSOCKET] += 1
            remove_data_of_refused(cast(dict[str, Any], message["payload"]))
        await super().send_message(message)

    async def _send_result_stream(self, operation: Operation[Context, None], result_source: Any) -> None:
        await super()._send_result_stream(operation, result_source)
        handoff = current_handoff.get()
        # Strawberry sends `complete` to the client after this method, unless this exception is raised.
        if handoff is not None and handoff.complete and not operation.completed:
            raise _OperationStreamClosed

    def _socket(self) -> Socket:
        if self._own_socket is None:
            self._own_socket = socket_of(self._websocket)
        return self._own_socket

    @property
    def _websocket(self) -> WebSocket:
        websocket: WebSocket = self.websocket.ws  # type: ignore[attr-defined]
        return websocket

    async def handle_message(self, message: Message) -> None:
        """Handle one message, then empty it: Strawberry's loop keeps a reference until the next message arrives."""
        try:
            checked = check_message(message)
        except MalformedMessage as error:
            await self.handle_invalid_message(str(error))
        except BadOperation as error:
            await self._refuse(error)
        else:
            await super().handle_message(message)
            checked.clear()

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start an operation, unless as many run as a connection may have."""
        most = self.max_subscriptions_per_connection
        if most is not None and len(self.operations) >= most and message["id"] not in self.operations:
            refusals.refused("an operation, because its connection has too many")
            error = LimitExceeded("operations_per_connection", f"a connection may have {most} operations")
            refused = GraphQLError(str(error), extensions=error.extensions)
            await self.send_message({"type": "error", "id": message["id"], "payload": [refused.formatted]})
        else:
            await super().handle_subscribe(message)

    async def _refuse(self, refused: BadOperation) -> None:
        # What the protocol forbids comes first: Strawberry closes the connection for it.
        if not self.connection_acknowledged or refused.id in self.operations:
            await super().handle_message({"type": "subscribe", "id": refused.id, "payload": {"query": ""}})
            return
        await self.send_message({"type": "error", "id": refused.id, "payload": [refused.error.formatted]})

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Acknowledge the connection and start to ping it. Without a valid token it is closed."""
        payload = message.get("payload") or {}
        if self._token is None and not await self._authenticate(payload):
            return
        await super().handle_connection_init({"type": "connection_init", "payload": payload})
        if self.connection_acknowledged and self._ping_phase is None:
            mark_established(self._websocket)
            # Strawberry keeps the cancelled timeout task: release its memory.
            self.connection_init_timeout_task = None
            timer: SharedTimer = self.view.ping_timer  # type: ignore[attr-defined]
            self._ping_phase = timer.newest_phase()
            timer.add(self._ping_phase, self._ping)

    async def handle_ping(self, message: PingMessage) -> None:
        """Answer a ping. Its payload may have a newer token: `{"authorization": "Bearer <token>"}`."""
        if self._token is not None:
            try:
                await self._token.renew(message.get("payload") or {})
            except (Unauthenticated, KeysAway) as error:
                await self._close(error)
                return
        await super().handle_ping(message)

    async def _authenticate(self, payload: Mapping[str, object]) -> bool:
        try:
            self.context.feed.grant = await authenticate(self._websocket, payload)
        except (Unauthenticated, KeysAway) as error:
            await self._close(error)
            return False
        self._token = ConnectionToken(self._websocket, self.context.feed, self._end)
        return True

    async def _close(self, error: Unauthenticated | KeysAway) -> None:
        await self.websocket.close(TRY_AGAIN_LATER if isinstance(error, KeysAway) else FORBIDDEN, str(error))

    def _end(self, reason: str) -> None:
        self._closing = asyncio.create_task(self.websocket.close(FORBIDDEN, reason))

    async def shutdown(self) -> None:
        """End everything that belongs to this connection."""
        if self._token is not None:
            self._token.close()
        if self._ping_phase is not None:
            self.view.ping_timer.remove(self._ping_phase, self._ping)  # type: ignore[attr-defined]
        if self._own_socket is not None:
            self._own_socket.close()
        await super().shutdown()

    async def handle_task_exception(self, error: Exception) -> None:
        """Log a failed operation. A client that disconnects while a message is sent to it is no failure."""
        if not isinstance(error, WebSocketDisconnected):
            await super().handle_task_exception(error)

    def _ping(self) -> None:
        # Called by a shared timer: a timer or task for each of thousands of idle connections would cost more memory.
        socket = self._socket()
        # A client that has not read the messages before would not read the ping, either.
        if not socket.full:
            socket.send(socket.message_start(_PING, 0))

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        """Return `None`: an invalid document gets an `error` message and never closes the connection."""
        return None
