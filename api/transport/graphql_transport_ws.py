"""graphql-transport-ws, as Strawberry speaks it, with three differences.

A document that does not parse ends its own operation, not the socket; `connection_init` may carry a null payload (the
protocol allows it); and the server pings, so that proxies keep a silent connection and clients notice a dead one.
https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import json
from typing import Any, cast

from graphql import GraphQLError
from starlette.websockets import WebSocket
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
    _OperationStreamClosed,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage, Message

from tickql.api.context import Context
from tickql.api.fanout.clock import Clock
from tickql.api.fanout.engine import Subscriber
from tickql.api.fanout.handoff import Handoff, offered
from tickql.api.fanout.socket import Socket
from tickql.api.transport.websocket_connection import socket_of

_PING = b'{"type":"ping"}'


class GraphQLTransportWSHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """One WebSocket and its operations."""

    _ping_phase: int | None = None
    _own_socket: Socket | None = None

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        """Run one operation up to where its resolver offers it to the engine, and have it go on there."""
        handoff = Handoff()
        offered.set(handoff)
        await super().run_operation(operation)
        if handoff.look is not None and handoff.rest is not None and not operation.completed:
            # It may live for days and needs neither its text nor its variables any more.
            operation.query, operation.variables = "", None
            head = b'{"id":%b,"type":"next","payload":' % json.dumps(operation.id).encode()
            try:
                await self.context.engine.serve(handoff.rest, handoff.look, Subscriber(self._socket(), head))
            except Exception as error:
                # As Strawberry does with an operation that fails: say so in the log, and to the client that it is over.
                await self.handle_task_exception(error)
                await operation.send_operation_message({"id": operation.id, "type": "complete"})
                raise

    async def _send_result_stream(self, operation: Operation[Context, None], result_source: Any) -> None:
        handoff = offered.get()
        assert handoff is not None
        await super()._send_result_stream(operation, handoff.until_complete(result_source))
        if handoff.complete and not operation.completed:
            raise _OperationStreamClosed

    def _socket(self) -> Socket:
        if self._own_socket is None:
            websocket: WebSocket = self.websocket.ws  # type: ignore[attr-defined]
            self._own_socket = socket_of(websocket)
        return self._own_socket

    async def handle_message(self, message: Message) -> None:
        """Handle one message, and let go of it: the loop that reads them would keep it until the next one comes."""
        await super().handle_message(message)
        if isinstance(message, dict):
            cast(dict[str, object], message).clear()

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Acknowledge, and from then on ping."""
        payload = message.get("payload")
        await super().handle_connection_init({"type": "connection_init", "payload": {} if payload is None else payload})
        if self.connection_acknowledged and self._ping_phase is None:
            self.connection_init_timeout_task = None
            pings: Clock = self.view.pings  # type: ignore[attr-defined]
            self._ping_phase = pings.phase()
            pings.join(self._ping_phase, self._ping)

    async def shutdown(self) -> None:
        """End everything that belongs to this connection."""
        if self._ping_phase is not None:
            self.view.pings.leave(self._ping_phase, self._ping)  # type: ignore[attr-defined]
        if self._own_socket is not None:
            self._own_socket.close()
        await super().shutdown()

    async def handle_task_exception(self, error: Exception) -> None:
        """Log a failed operation; a client that went away while something was sent to it is no failure."""
        if not isinstance(error, WebSocketDisconnected):
            await super().handle_task_exception(error)

    def _ping(self) -> None:
        # A shared clock, and no timer or task: there may be thousands of silent connections.
        socket = self._socket()
        if not socket.full:
            socket.send(socket.frame(_PING, 0))

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        """Never close the socket for one bad document: the operation gets an `error` message instead."""
        return None
