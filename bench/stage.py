"""Where measurements take place: one Redis, a folder for what processes write, and the servers and tickers started."""

import os
import resource
import signal
import struct
import sys
import tempfile
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.child import Child, free_port
from bench.connection import Target
from bench.errors import BenchError
from bench.meter import Gauge
from bench.servers import Place, Server
from bench.ticker import Pace
from tickql.feed.embedded.server import find_server

_PACE = Pace()
_WANTED_FILES = 65_536
_OTHER_FILES = 200
"""What a process has open besides its connections, and then some."""
_SERVER_END_S = 3.0
WARM_S = 1.0
"""From the first fast tick to the window: everything has found its pace by then."""


class Ticker:
    """The process that makes ticks, slowly until told otherwise."""

    def __init__(self, child: Child, times: Path) -> None:
        self.child = child
        self._times = times

    @contextmanager
    def at_full_rate(self) -> Iterator[None]:
        """Tick fast from enter to exit."""
        self.child.send_signal(signal.SIGUSR1)
        yield
        self.child.send_signal(signal.SIGUSR2)

    def ticks_between(self, from_us: int, to_us: int) -> int:
        """How many moments of ticks there were."""
        times = [time_us for (time_us,) in struct.iter_unpack("<q", self._times.read_bytes())]
        return bisect_left(times, to_us) - bisect_left(times, from_us)


@dataclass(frozen=True, slots=True)
class Running:
    """A server with its ticker."""

    server: Server
    target: Target
    ticker: Ticker
    child: Child
    redis: Child
    place: Place

    def gauge(self) -> Gauge:
        """Of its processes, and of Redis and the ticker unless the server makes its ticks itself."""
        feed = [self.redis] if self.ticker.child is self.child else [self.redis, self.ticker.child]
        return Gauge([self.child.process_tree()], [child.process_tree() for child in feed])


class Stage:
    """A context manager: however it is left, every process that was started on it has ended."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._runs = 0

    def __enter__(self) -> Self:
        require_linux()
        most_connections()
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="tickql-bench-"))
        self.folder = Path(folder)
        port = free_port()
        self.redis_url = f"redis://127.0.0.1:{port}/0"
        (self.folder / "redis").mkdir()
        command = [
            find_server(), "--bind", "127.0.0.1", "--port", str(port), "--dir", f"{folder}/redis",
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
        ]  # fmt: skip
        self.redis = self._stack.enter_context(Child("redis", command, self.folder))
        self.redis.wait_for_port(port)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def child(
        self, name: str, command: list[str], environment: dict[str, str] | None = None, patience_s: float = 15.0
    ) -> Child:
        """A process; enter it to start it."""
        self._runs += 1
        return Child(f"{name}-{self._runs}", command, self.folder, environment, patience_s)

    @contextmanager
    def serve(self, server: Server, symbols: int = 1, pace: Pace = _PACE) -> Iterator[Running]:
        """Run a server and the ticker that feeds it."""
        self._runs += 1
        place = Place(free_port(), self.redis_url, f"bench_{self._runs}", self.folder / f"{server.name}-{self._runs}")
        place.folder.mkdir()
        times = place.folder / "times"
        paced = ["--rate", str(pace.rate_hz), "--idle", str(pace.idle_hz), "--times", str(times)]
        target = server.target(place)
        with ExitStack() as stack:
            command = server.command(place) + server.frames(symbols, paced)
            # What a server under test would still send when it is stopped nobody waits for.
            child = stack.enter_context(self.child(server.name, command, server.environment(place), _SERVER_END_S))
            if server.is_fed_directly:
                child.wait_for_port(place.port)
            ticking = child
            if server.mode is not None:
                ticker = [sys.executable, "-m", "bench.ticker", server.mode, *server.feed(place)]
                ticking = stack.enter_context(self.child("ticker", [*ticker, "--symbols", str(symbols), *paced]))
            child.wait_for_port(place.port)
            ticking.wait_until(lambda: times.exists() and times.stat().st_size > 0, "made no tick")
            yield Running(server, target, Ticker(ticking, times), child, self.redis, place)


def require_linux() -> None:
    """Measure nowhere else.

    Raises:
        BenchError: this is another system.
    """
    if sys.platform != "linux":
        raise BenchError(f"the benchmarks read what Linux says of processes, and this is {sys.platform}")


def most_connections() -> int:
    """How many connections this process and those that it starts may have open; as many as can be allowed are."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if os.geteuid() == 0 and most < _WANTED_FILES:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (_WANTED_FILES, _WANTED_FILES))
            return _WANTED_FILES - _OTHER_FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most - _OTHER_FILES
