"""Requests over HTTP: a few keep-alive connections in one thread, each asking again as soon as it has its answer."""

import re
import select
import socket
import time
from dataclasses import dataclass

from bench.arrivals import Lateness
from bench.connection import Target
from bench.delivery import BUSY
from bench.errors import LoadFailed
from bench.measure import uncollected
from bench.meter import Gauge, Usage

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_SEQ = re.compile(rb'"seq":(\d+)')
_CHUNK_BYTES = 65_536
_IDLE_S = 5.0


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered within a window."""

    answers: int
    distinct: int
    """Different ticks among the answers."""
    late: Lateness
    """From asking to the whole answer."""
    used: Usage

    def figures(self) -> dict[str, float | None]:
        """Everything, by name."""
        wall_s = self.used.wall_s
        return {
            "per_s": self.answers / wall_s,
            "us_per_answer": self.used.server_s * 1e6 / self.answers if self.answers else None,
            "distinct_per_s": self.distinct / wall_s,
            "p50_ms": self.late.p50_ms,
            "p99_ms": self.late.p99_ms,
            "max_ms": self.late.max_ms,
            "server_cpu": self.used.server_s / wall_s,
            "server_waited": self.used.server_waited_s / wall_s,
            "load_cpu": self.used.load_s / wall_s,
            "load_is_bottleneck": float(self.used.load_s > BUSY * wall_s),
            "feed_cpu": self.used.feed_s / wall_s,
            "others_cpu": self.used.others_s / wall_s,
            "stolen_cpu": self.used.stolen_s / wall_s,
        }


class Askers:
    """Connections that post the same body again and again. `expected` must be in each answer."""

    def __init__(self, target: Target, body: bytes, connections: int, expected: bytes) -> None:
        self._requests: dict[int, bytes] = {}
        self._expected = expected
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._asked_ns: dict[int, int] = {}
        self._parts: dict[int, bytes] = {}
        self._late_us: list[int] = []
        self._seqs: set[bytes] = set()
        for number in range(connections):
            asker = socket.create_connection(("127.0.0.1", target.port))
            asker.setblocking(False)
            asker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets[asker.fileno()] = asker
            self._requests[asker.fileno()] = _request(target, body, number)
            self._epoll.register(asker, select.EPOLLIN)

    def close(self) -> None:
        """Close every connection."""
        for asker in self._sockets.values():
            asker.close()
        self._epoll.close()

    def measure(self, gauge: Gauge, warm_s: float, window_s: float) -> Answered:
        """Ask, at first without counting."""
        for fd in self._sockets:
            self._ask(fd)
        self._pump(warm_s)
        with uncollected():
            self._late_us.clear()
            self._seqs.clear()
            before = gauge.read()
            self._pump(window_s)
            used = gauge.since(before)
        return Answered(len(self._late_us), len(self._seqs), Lateness.of(self._late_us), used)

    def _pump(self, duration_s: float) -> None:
        end = time.monotonic() + duration_s
        while (left := end - time.monotonic()) > 0:
            events = self._epoll.poll(min(left, _IDLE_S))
            if not events and left > _IDLE_S:
                raise LoadFailed(f"no answer within {_IDLE_S:g} s")
            for fd, _ in events:
                self._hear(fd)

    def _ask(self, fd: int) -> None:
        self._asked_ns[fd] = time.monotonic_ns()
        self._sockets[fd].send(self._requests[fd])

    def _hear(self, fd: int) -> None:
        data = self._parts.pop(fd, b"") + self._sockets[fd].recv(_CHUNK_BYTES)
        if not data:
            raise LoadFailed("the server closed a connection that was to be kept")
        head = data.find(b"\r\n\r\n")
        length = _LENGTH.search(data, 0, head) if head >= 0 else None
        if length is None or len(data) < head + 4 + int(length[1]):
            if head >= 0 and length is None:
                raise LoadFailed(f"an answer without Content-Length: {data[:200]!r}")
            self._parts[fd] = data
            return
        if self._expected not in data:
            raise LoadFailed(f"a wrong answer: {data[-300:]!r}")
        self._late_us.append((time.monotonic_ns() - self._asked_ns[fd]) // 1000)
        seq = _SEQ.search(data, head)
        if seq is not None:
            self._seqs.add(seq[1])
        self._ask(fd)


def _request(target: Target, body: bytes, client: int) -> bytes:
    token = target.token(client)
    authorization = "" if token is None else f"Authorization: Bearer {token}\r\n"
    return (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\nContent-Type: application/json\r\n"
        f"{authorization}Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
