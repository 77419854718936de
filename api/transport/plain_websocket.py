"""`/ws/{symbol}`: ticks of one symbol as plain JSON over a WebSocket, for clients without GraphQL.

The messages are those of the feed in Redis: the newest tick at once, or the first tick after `?after=<cursor>`, then
every tick in order. A message has one more key when ticks before it could not be delivered:
`"gap": {"after": ..., "reason": ..., "lost": ...}`. A malformed symbol or cursor, or a cursor of another symbol, closes
the connection with code 4400 and a reason that contains the value; no valid token with 4401; a symbol that the token
does not cover, and the end of the token, with 4403. A client that has a newer token sends
`{"authorization": "Bearer <token>"}` before that. All other messages from the client are ignored.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress

import orjson
from starlette.websockets import WebSocket

from tickql.api.errors import BadUserInput, Forbidden, KeysAway, LimitExceeded, Unauthenticated
from tickql.api.fanout.event_json import EventJson
from tickql.api.fanout.subscriber import Subscriber
from tickql.api.permitted_feed import PermittedFeed
from tickql.api.schema.arguments import read_cursor, read_symbol
from tickql.api.traffic import Transport, traffic
from tickql.api.transport.authentication import authenticate
from tickql.api.transport.close_codes import (
    BAD_REQUEST,
    FAILURE_REASON,
    FORBIDDEN,
    TRY_AGAIN_LATER,
    UNAUTHORIZED,
    close_reason,
)
from tickql.api.transport.connection_token import ConnectionToken
from tickql.api.transport.json_text import decode_json
from tickql.api.transport.websocket_connection import mark_established, socket_of
from tickql.feed.codec import encode_tick
from tickql.feed.fair_turns import current_client
from tickql.feed.race import race
from tickql.feed.tick import Event, Quote

logger = logging.getLogger("tickql.api")

_CODES = {
    BadUserInput: BAD_REQUEST,
    Unauthenticated: UNAUTHORIZED,
    Forbidden: FORBIDDEN,
    LimitExceeded: TRY_AGAIN_LATER,
    KeysAway: TRY_AGAIN_LATER,
}


async def serve_plain(websocket: WebSocket) -> None:
    """Serve one client of `/ws/{symbol}` until it disconnects."""
    await websocket.accept()
    try:
        feed = PermittedFeed(websocket.state.follower, await authenticate(websocket))
        symbol = read_symbol(websocket.path_params["symbol"])
        after = read_cursor(websocket.query_params.get("after"), "after", symbol)
        request = feed.ticks_request(symbol, after)
    except (Unauthenticated, BadUserInput, Forbidden, LimitExceeded, KeysAway) as error:
        await websocket.close(_CODES[type(error)], close_reason(str(error)))
        return
    mark_established(websocket)
    current_client.set(websocket.client.host if websocket.client else None)
    socket = socket_of(websocket)
    subscriber = Subscriber(socket, prefix=b"")
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    token = ConnectionToken(websocket, feed, ended.set_result)
    traffic.operations[Transport.PLAIN_WEBSOCKET] += 1
    try:
        await race(
            websocket.state.engine.serve_ticks(request, _ENCODER, subscriber),
            _wait_for_disconnect(websocket, token),
            _wait_for_end(ended),
        )
    except Unauthenticated as error:
        await websocket.close(FORBIDDEN, close_reason(str(error)))
    except KeysAway as error:
        await websocket.close(TRY_AGAIN_LATER, close_reason(str(error)))
    except Exception:
        logger.exception("a subscription failed")
        await websocket.close(TRY_AGAIN_LATER, FAILURE_REASON)
    finally:
        traffic.operations[Transport.PLAIN_WEBSOCKET] -= 1
        token.close()
        socket.close()


def encode_event(event: Event) -> bytes:
    """Return the feed's message for a tick, with the key `gap` if ticks before it could not be delivered."""
    tick = event.tick
    quote = Quote(tick.symbol, tick.ask, tick.bid, tick.last, tick.observed_us, tick.merged)
    message = encode_tick(quote, tick.cursor, tick.published_us)
    if event.gap is None:
        return message
    after = None if event.gap.after is None else str(event.gap.after)
    gap = {"after": after, "reason": event.gap.reason, "lost": event.gap.lost}
    return message[:-1] + b',"gap":' + orjson.dumps(gap) + b"}"


class _FeedMessages:
    """An `EventEncoder`: the whole message is the payload. All clients share one instance, and so each message."""

    transport = Transport.PLAIN_WEBSOCKET

    def encode(self, event: EventJson) -> bytes:
        return encode_event(event.value)

    def encode_many(self, events: Iterable[EventJson]) -> Iterator[bytes]:
        return map(self.encode, events)


_ENCODER = _FeedMessages()


async def _wait_for_end(reason: asyncio.Future[str]) -> None:
    raise Unauthenticated(await reason)


async def _wait_for_disconnect(websocket: WebSocket, token: ConnectionToken) -> None:
    while (message := await websocket.receive())["type"] != "websocket.disconnect":
        with suppress(ValueError):
            payload = decode_json(message.get("text") or "")
            if isinstance(payload, dict):
                await token.renew(payload)
