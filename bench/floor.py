"""The floor: one ready-made frame, sent with `socket.send` to each connection per tick. No GraphQL, no Redis.

`python -m bench.floor PORT` makes its ticks itself, with the rate of `bench.ticker` and the same signals. With
`--frames` each tick is FRAMES frames in one send, as if a connection followed FRAMES symbols.
"""

import argparse
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bench.ticker import IDLE_HZ, Pace, message, quotes, symbol
from bench.websocket import server_frame, upgrade_answer

_BACKLOG = 2048


class Floor:
    """Accepts WebSocket clients and sends each of them every tick. A client that is full misses it."""

    def __init__(self, port: int, pace: Pace, frames: int, times: Path) -> None:
        self._pace_hz = pace.idle_hz
        self._symbols = [symbol(number) for number in range(frames)]
        self._ids = [f"{number:036}" for number in range(frames)]
        self._times = times.open("ab", buffering=0)
        self._number = 0
        self._clients: dict[int, socket.socket] = {}
        self._greeting: dict[int, socket.socket] = {}
        self._epoll = select.epoll()
        self._listening = socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
        self._listening.setblocking(False)
        self._epoll.register(self._listening, select.EPOLLIN)
        signal.signal(signal.SIGUSR1, lambda *_: self._change(pace.rate_hz))
        signal.signal(signal.SIGUSR2, lambda *_: self._change(pace.idle_hz))

    def _change(self, pace_hz: float) -> None:
        self._pace_hz = pace_hz

    def run(self) -> None:
        """Serve until killed."""
        due = time.monotonic()
        while True:
            self._tick()
            due = max(due + 1 / self._pace_hz, time.monotonic() - 1)
            while (left := due - time.monotonic()) > 0:
                for fd, _ in self._epoll.poll(left):
                    self._hear(fd)

    def _tick(self) -> None:
        self._number += 1
        now_us = time.time_ns() // 1000
        moment = quotes(self._symbols, self._number, now_us)
        messages = (message(quote, self._number, each) for quote, each in zip(moment, self._ids, strict=True))
        data = b"".join(map(server_frame, messages))
        size = len(data)
        for client in self._clients.values():
            try:
                if client.send(data) != size:
                    client.shutdown(socket.SHUT_RDWR)  # half a frame: the rest of its stream could not be read
            except (BlockingIOError, ConnectionError):
                pass
        self._times.write(struct.pack("<q", now_us))

    def _hear(self, fd: int) -> None:
        if fd == self._listening.fileno():
            with suppress(BlockingIOError):
                while True:
                    client, _ = self._listening.accept()
                    client.setblocking(False)
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._epoll.register(client, select.EPOLLIN)
                    self._greeting[client.fileno()] = client
            return
        client = self._greeting.get(fd) or self._clients[fd]
        try:
            data = client.recv(65_536)
        except ConnectionError:
            data = b""
        if not data:
            self._greeting.pop(fd, None)
            self._clients.pop(fd, None)
            client.close()
        elif self._greeting.pop(fd, None):
            client.send(upgrade_answer(data))
            self._clients[fd] = client


def main(arguments: Sequence[str]) -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="python -m bench.floor", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--idle", type=float, default=IDLE_HZ)
    parser.add_argument("--frames", type=int, default=1)
    parser.add_argument("--times", type=Path, default=Path("/dev/null"))
    options = parser.parse_args(arguments)
    Floor(options.port, Pace(options.rate, options.idle), options.frames, options.times).run()


if __name__ == "__main__":
    main(sys.argv[1:])
