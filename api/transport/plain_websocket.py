"""`/ws/{symbol}`: the feed's own JSON messages over a plain WebSocket, for clients that speak no GraphQL.

The newest tick at once, or with `?after=<cursor>` the one behind it; then every tick in order. A message before which
ticks could not be delivered has one more key: `"gap": {"after": ..., "reason": ..., "lost": ...}`. What the client
sends is ignored. A malformed symbol or cursor closes the socket with 4400 and a reason that names it.
"""

import asyncio
from collections.abc import Iterable

import orjson
from starlette.websockets import WebSocket

from tickql.api.errors import BadUserInput
from tickql.api.fanout.delivery import SubscriptionRequest
from tickql.api.fanout.engine import Subscriber
from tickql.api.fanout.event_json import EventJson
from tickql.api.schema.arguments import read_cursor, read_symbol
from tickql.api.settings import ApiSettings
from tickql.api.transport.origins import is_allowed
from tickql.api.transport.websocket_connection import socket_of
from tickql.feed.codec import encode_tick
from tickql.feed.tick import Event, Quote

BAD_REQUEST = 4400
_POLICY_VIOLATION = 1008
_MAX_REASON_BYTES = 123


class PlainWebSocket:
    """The endpoint."""

    def __init__(self, settings: ApiSettings) -> None:
        self._allowed_origins = settings.allowed_origins

    async def serve(self, websocket: WebSocket) -> None:
        """Serve one client until it leaves."""
        if not is_allowed(websocket.headers, self._allowed_origins):
            await websocket.close(_POLICY_VIOLATION)  # before accepting: the handshake is answered with 403
            return
        await websocket.accept()
        try:
            wish = SubscriptionRequest(
                symbol=read_symbol(websocket.path_params["symbol"]),
                after=read_cursor(websocket.query_params.get("after"), "after"),
            )
        except BadUserInput as error:
            await websocket.close(BAD_REQUEST, _reason(error))
            return
        socket = socket_of(websocket)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(websocket.state.engine.serve(wish, _PLAIN, Subscriber(socket, b"")))
            await _until_gone(websocket)
            serving.cancel()
            socket.close()


def encode_event(event: Event) -> bytes:
    """The feed's message of a tick, with the gap before it, if there is one."""
    tick = event.tick
    quote = Quote(tick.symbol, tick.ask, tick.bid, tick.last, tick.observed_us)
    message = encode_tick(quote, tick.cursor, tick.published_us)
    if event.gap is None:
        return message
    after = None if event.gap.after is None else str(event.gap.after)
    gap = {"after": after, "reason": event.gap.reason, "lost": event.gap.lost}
    return message[:-1] + b',"gap":' + orjson.dumps(gap) + b"}"


class _PlainLook:
    """The feed's own message."""

    def tail(self, event: EventJson) -> bytes:
        return encode_event(event.event)

    def tail_of(self, events: Iterable[EventJson]) -> bytes:
        (event,) = events
        return self.tail(event)


_PLAIN = _PlainLook()


async def _until_gone(websocket: WebSocket) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


def _reason(error: BadUserInput) -> str:
    """The message, cut to what a close frame holds."""
    return str(error).encode()[:_MAX_REASON_BYTES].decode(errors="ignore")
