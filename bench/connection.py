"""One client's connection: from connecting to subscribed."""

import json
import socket
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bench.arrivals import Reader
from bench.errors import LoadFailed
from bench.http_stream import chunk_header_bytes, stream_request, walk_chunks
from bench.websocket import PONG, client_frame, frame_header_bytes, upgrade_request, walk, walk_lines

CHUNK_BYTES = 16_384
_IP_BIND_ADDRESS_NO_PORT = 24


@dataclass(frozen=True, slots=True)
class Target:
    """Where a server is, and which protocol it speaks: `None` is a plain WebSocket that needs no subscribing.

    `accept`: the media type of a stream over plain HTTP, which then takes the place of a WebSocket. `tokens`: those of
    the clients, over a WebSocket or for queries; clients share them in turn. None: clients have no token. `channel`:
    what clients of Centrifugo subscribe to, in its JSON protocol; `None`: it is no Centrifugo.
    """

    port: int
    path: str = "/graphql"
    protocol: str | None = "graphql-transport-ws"
    accept: str | None = None
    tokens: tuple[str, ...] = ()
    channel: str | None = None

    def token(self, client: int) -> str | None:
        """The token of a client, by its number."""
        return self.tokens[client % len(self.tokens)] if self.tokens else None


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a client subscribes to. `id` is its name on the wire; gql counts from 1, graphql-ws takes a UUID."""

    document: str
    variables: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def frame(self) -> bytes:
        """The client's `subscribe` message."""
        payload = {"query": self.document, "variables": self.variables}
        return client_frame(json.dumps({"id": self.id, "type": "subscribe", "payload": payload}).encode())


class Connection:
    """A non-blocking socket and what it is to say. `rest` is the beginning of a frame whose end has not come yet."""

    __slots__ = (
        "_dialogue", "_said", "_subscriptions", "_target", "_token", "fd", "is_open", "reader", "recv", "rest",
        "socket", "walk",
    )  # fmt: skip

    def __init__(
        self, target: Target, subscriptions: Sequence[Subscription], source: str, token: str | None = None
    ) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)
        # Ports are chosen at connect: those of other source addresses and targets do not count.
        self.socket.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.bind((source, 0))
        self.socket.connect_ex(("127.0.0.1", target.port))
        self.fd = self.socket.fileno()
        self.recv = self.socket.recv
        self.rest = b""
        self.is_open = False
        streams = target.accept is not None
        self.walk = walk_chunks if streams else walk if target.channel is None else walk_lines
        header_bytes = chunk_header_bytes if streams else frame_header_bytes
        self.reader = Reader(len(subscriptions), len(subscriptions[0].id), header_bytes)
        self._target = target
        self._token = token
        self._subscriptions = subscriptions
        self._said = b""
        self._dialogue = self._greet() if target.accept is None else self._request(target.accept)

    def connected(self) -> None:
        """Begin to speak.

        Raises:
            LoadFailed: the connection was refused.
        """
        error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise LoadFailed(f"port {self._target.port} refused a connection (errno {error})")
        next(self._dialogue)

    def advance(self, data: bytes) -> None:
        """Take what came while opening. When `is_open`, `rest` is what came too early.

        Raises:
            LoadFailed: the server said no.
        """
        self._said += data
        try:
            next(self._dialogue)
        except StopIteration:
            self.rest, self._said = self._said, b""
            self.is_open = True

    def answer(self, ping: bytes) -> None:
        """Send a pong. A connection that is lost is noticed where it is read."""
        with suppress(OSError):
            self.socket.send(client_frame(ping, PONG))

    def close(self) -> None:
        """Close at once."""
        self.socket.close()

    def _request(self, accept: str) -> Iterator[None]:
        """The same over plain HTTP, with one subscription a connection."""
        (wanted,) = self._subscriptions
        host = f"127.0.0.1:{self._target.port}"
        self.socket.send(stream_request(host, self._target.path, accept, wanted.document, wanted.variables))
        while b"\r\n\r\n" not in self._said:
            yield
        head, _, self._said = self._said.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise LoadFailed(f"no stream at {self._target.path}: {head[:100].decode(errors='replace')}")

    def _greet(self) -> Iterator[None]:
        """Each step waits for more of what the server says."""
        self.socket.send(upgrade_request(f"127.0.0.1:{self._target.port}", self._target.path, self._target.protocol))
        while b"\r\n\r\n" not in self._said:
            yield
        head, _, self._said = self._said.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise LoadFailed(f"no WebSocket at {self._target.path}: {head[:100].decode(errors='replace')}")
        if self._target.channel is not None:
            yield from self._ask({"id": 1, "connect": {}}, b'"connect":')
            yield from self._ask({"id": 2, "subscribe": {"channel": self._target.channel}}, b'"recoverable":true')
        elif self._target.protocol is not None:
            init: dict[str, Any] = {"type": "connection_init"}
            if self._token is not None:
                init["payload"] = {"authorization": f"Bearer {self._token}"}
            yield from self._ask(init, b"connection_ack")
            wanted = b"".join(subscription.frame() for subscription in self._subscriptions)
            if self.socket.send(wanted) != len(wanted):
                raise LoadFailed(f"{len(wanted)} bytes of subscriptions did not fit the socket")

    def _ask(self, message: dict[str, Any], wanted: bytes) -> Iterator[None]:
        """Send a message, and take the frame that answers it, which must hold `wanted`."""
        self.socket.send(client_frame(json.dumps(message).encode()))
        while (frame := next(walk(self._said), None)) is None:
            yield
        _, start, end = frame
        if wanted not in self._said[start:end]:
            raise LoadFailed(f"no {wanted.decode()} but {self._said[start:end][:100]!r}")
        self._said = self._said[end:]
