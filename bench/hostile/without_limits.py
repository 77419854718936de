"""tickql without its limits, only to measure what they cost: `python -m bench.hostile.without_limits serve ...`.

What a limit checks while ticks are delivered, while a client is admitted, and for each frame, is replaced by nothing.
"""

from collections.abc import Iterator
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from tickql.__main__ import main
from tickql.api import server
from tickql.api.fanout.event_json import EventJson
from tickql.api.fanout.live_channel import LiveChannel
from tickql.api.limits.connection_usage import ConnectionUsage
from tickql.api.limits.connections import Admission, ConnectionLimiter
from tickql.api.limits.frame_rate import FrameRate
from tickql.api.traffic import traffic
from tickql.api.transport.back_pressure import BackPressure
from tickql.api.transport.request_deadline import RequestDeadline
from tickql.api.transport.websocket_connection import WebSocketConnection
from tickql.feed.tick import Event


def _nothing(*_: Any) -> None: ...


def _always(*_: Any) -> bool:
    return True


def _encode_pending(self: LiveChannel) -> Iterator[tuple[Any, bytes]]:
    """The same without looking for full sockets."""
    ring, start = self.followed.ring, self.sent
    newest = ring.newest
    assert newest is not None
    self.sent, self.cursor = ring.end, newest.cursor
    indices = range(max(start, ring.begin), ring.end)
    events = [EventJson(Event(ring.at(index), 0, ring.gap_within(index, index))) for index in indices]
    for encoder, group in self.groups.items():
        payloads = [encoder.encode(event) for event in events]
        traffic.live(encoder.transport, events, len(group))
        for payload in payloads:
            yield group, payload


def changes() -> list[tuple[Any, str, Any]]:
    """Return what is replaced: owner, name and new value."""
    return [
        (LiveChannel, "encode_pending", _encode_pending),
        (BackPressure, "pause_writing", _nothing),
        (BackPressure, "resume_writing", _nothing),
        (FrameRate, "take", _always),
        (ConnectionUsage, "claim", _nothing),
        (RequestDeadline, "watch", _nothing),
        (ConnectionLimiter, "admit", lambda limiter, _: Admission(limiter, None, is_proxied=False)),
        (Admission, "established", _nothing),
        (Admission, "release", _nothing),
        (WebSocketConnection, "data_received", WebSocketsSansIOProtocol.data_received),
        (WebSocketConnection, "handle_cont", WebSocketsSansIOProtocol.handle_cont),
        (WebSocketConnection, "handle_ping", WebSocketsSansIOProtocol.handle_ping),
        (server, "_limit_client_cost", _nothing),
    ]


if __name__ == "__main__":
    for owner, name, value in changes():
        setattr(owner, name, value)
    main()
