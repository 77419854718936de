"""Load generator: thousands of subscribers in one thread, cheaper than any server that feeds them."""

import itertools
import select
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from bench.arrivals import Arrivals
from bench.connection import CHUNK_BYTES, Connection, Subscription, Target
from bench.errors import LoadFailed
from bench.websocket import CLOSE, PING, TEXT, client_frame

_CONNECTING = 128
"""Connections that are being opened at once: as many as fit in a server's backlog."""
NAP_S = 0.0005
"""Polling interval of the sockets. A wake-up for each message would cost this process more than reading the message,
and would cost the server CPU time, which a client on another machine does not. Latencies are that coarse."""
_SOURCES = [f"127.0.0.{number}" for number in range(2, 10)]
"""Source addresses: one alone has some 28,000 ports, and closed connections hold theirs for a minute."""


class LoadGenerator:
    """Subscribers of one server. A context manager that closes them all."""

    def __init__(self, target: Target, nap_s: float = NAP_S) -> None:
        self.arrivals = Arrivals()
        self.lost = 0
        """Connections that the server has closed."""
        self._target = target
        self._nap_s = nap_s
        self._epoll = select.epoll()
        self._connections: dict[int, Connection] = {}
        self._opening = 0
        self.batches_us: list[int] = []
        """Duration of each pass over the ready sockets."""
        self.reads = 0
        """Times that a socket was read."""
        self._sources = itertools.cycle(_SOURCES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection at once."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
        self._epoll.close()

    def __len__(self) -> int:
        return len(self._connections)

    @property
    def subscriptions(self) -> int:
        """Of all connections together."""
        return sum(connection.reader.subscriptions for connection in self._connections.values())

    def open(self, subscriptions_by_connection: Sequence[Sequence[Subscription]], deadline_s: float) -> float:
        """Open a connection for each list of subscriptions, and subscribe. Return the seconds that it took.

        Raises:
            LoadFailed: the server refused a connection, or not all were open by the deadline.
        """
        began = time.monotonic()
        waiting = iter(subscriptions_by_connection)
        for subscriptions in waiting:
            self._connect(subscriptions)
            while self._opening >= _CONNECTING:
                self._receive_or_fail(began + deadline_s)
        while self._opening:
            self._receive_or_fail(began + deadline_s)
        return time.monotonic() - began

    def wait_for_first_messages(self, deadline_s: float) -> None:
        """Wait until every subscription has received a message.

        Raises:
            LoadFailed: some subscriptions have received no message by the deadline.
        """
        end = time.monotonic() + deadline_s
        while silent := sum(not connection.reader.is_served for connection in self._connections.values()):
            self.receive_for(0.05)
            if time.monotonic() > end:
                raise LoadFailed(f"{silent} of {len(self)} subscribers received nothing within {deadline_s:g} s")

    def receive_for(self, duration_s: float) -> None:
        """Receive for `duration_s` seconds."""
        end = time.monotonic() + duration_s
        poll, batches = self._epoll.poll, self.batches_us
        while time.monotonic() < end:
            time.sleep(self._nap_s)
            began = time.monotonic_ns()
            self._sweep(poll(0, max(1, len(self._connections))))
            batches.append((time.monotonic_ns() - began) // 1000)

    def _connect(self, subscriptions: Sequence[Subscription]) -> None:
        try:
            connection = Connection(self._target, subscriptions, next(self._sources), self._target.token(len(self)))
        except OSError as error:
            raise LoadFailed(f"no connection after {len(self)}: {error.strerror} (ulimit -n says how many)") from error
        self._connections[connection.fd] = connection
        self._epoll.register(connection.fd, select.EPOLLOUT)
        self._opening += 1

    def _receive_or_fail(self, end: float) -> None:
        ready = []
        for fd, event in self._epoll.poll(0.05):
            if event & select.EPOLLIN:
                ready.append((fd, event))
            else:
                self._connections[fd].connected()
                self._epoll.modify(fd, select.EPOLLIN)
        self._sweep(ready)
        if time.monotonic() > end:
            raise LoadFailed(f"{self._opening} of {len(self)} connections were still not open")

    def _sweep(self, events: Sequence[tuple[int, int]]) -> None:
        """Read the ready sockets.

        All that arrives passes here, so the common case is spelled out: a whole frame, with the tick that the frame
        before it had, from an open connection. It costs a third of what `_receive` does.
        """
        connections, arrivals, now_ns = self._connections, self.arrivals, time.time_ns
        newest = arrivals.newest
        for fd, _ in events:
            connection = connections[fd]
            try:
                data = connection.recv(CHUNK_BYTES)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            reader = connection.reader
            if data.endswith(newest.tail) and len(data) == reader.whole_mark + len(newest.tail) and not connection.rest:
                newest.arrivals += 1
                self.reads += 1
                if arrivals.measuring:
                    arrivals.late_us.append(now_ns() // 1000 - newest.us)
                if reader.last != newest.previous:
                    arrivals.irregular += 1
                reader.last = newest.seq
            else:
                self._receive(connection, data)
                newest = arrivals.newest

    def _receive(self, connection: Connection, data: bytes) -> None:
        if not data:
            self._lose(connection)
            return
        if not connection.is_open:
            connection.advance(data)
            if not connection.is_open:
                return
            self._opening -= 1
            data = connection.rest
        elif connection.rest:
            data = connection.rest + data
        self.reads += 1
        now_us = time.time_ns() // 1000
        take, reader, end = self.arrivals.take, connection.reader, 0
        for kind, start, end in connection.walk(data):
            if kind != TEXT or not take(reader, data, start, end, now_us):
                self._other(connection, kind, data[start:end])
        connection.rest = data[end:]

    def _other(self, connection: Connection, kind: int, payload: bytes) -> None:
        """Handle a frame that is no tick: pings, and frames that must not arrive."""
        if kind == PING:
            connection.answer(payload)
        elif kind == TEXT and b'"ping"' in payload:
            connection.socket.send(client_frame(b'{"type":"pong"}'))
        elif kind == TEXT and payload == b"{}":  # Centrifugo's ping, whose pong is the same
            connection.socket.send(client_frame(payload))
        elif kind == CLOSE:
            self._lose(connection)
        elif kind == TEXT and (b'"errors"' in payload or b'"error"' in payload):
            raise LoadFailed(f"the server answered {payload[:300].decode(errors='replace')}")

    def _lose(self, connection: Connection) -> None:
        if not connection.is_open:
            raise LoadFailed("the server closed a connection while it was being opened")
        self.lost += 1
        with suppress(OSError):
            self._epoll.unregister(connection.fd)
        self._connections.pop(connection.fd, None)
        connection.close()
