"""A feed that is replayed without end, and a server of it as separate processes. The server can be killed."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tests.support.graphql_client import Api
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S
from tickql.feed.embedded.ports import free_port

SYMBOLS = ("ES", "NQ", "YM", "RTY", "CL", "GC")
_SYMBOL_HZ = 20
_RECORDED_S = 60
_BEGIN_US = 1_739_952_125_000_000


class ServedFeed(Api):
    """The address of the server, and what it has logged."""

    def __init__(self, port: int, environment: dict[str, str], folder: Path) -> None:
        super().__init__(f"http://127.0.0.1:{port}")
        self.log_file = folder / "serve.log"
        self.environment = environment
        self.restarts = 0
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, and wait until it listens."""
        seen = self.log.count("listening on")
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tickql", "serve", "--port", str(self._port)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **self.environment},
            )  # fmt: skip
        _until_said(self._process, self.log_file, "listening on", seen + 1)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal, and wait for the end of the process."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(DEADLINE_S)
            self._process = None

    def restart(self, number: signal.Signals) -> None:
        """End the server by a signal and start it again at the same address."""
        self.stop(number)
        self.start()
        self.restarts += 1

    @property
    def log(self) -> str:
        """All that the servers have logged."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    @property
    def tracebacks(self) -> int:
        """How many tracebacks are in the log."""
        return self.log.count("Traceback (most recent call last)")


@asynccontextmanager
async def served_feed() -> AsyncIterator[ServedFeed]:
    """Serve a replayed feed of its own Redis server until the context ends."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        redis = RedisServer(folder)
        await asyncio.to_thread(redis.start)
        environment = {"TICKQL_REDIS_URL": redis.url, "TICKQL_NAMESPACE": "conformance", "NO_COLOR": "1"}
        feed = ServedFeed(free_port(), environment, folder)
        try:
            with _replay(environment, folder):
                await asyncio.to_thread(feed.start)
                yield feed
        finally:
            await asyncio.to_thread(feed.stop)
            await asyncio.to_thread(redis.stop)


@contextmanager
def _replay(environment: dict[str, str], folder: Path) -> Iterator[None]:
    recording, log_file = folder / "market.csv", folder / "replay.log"
    recording.write_text("\n".join(_recording()) + "\n")
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tickql", "replay", str(recording), "--loop"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **environment},
        )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait(DEADLINE_S)


def _recording() -> Iterator[str]:
    yield "timestamp,symbol,ASK,BID,LAST"
    for number in range(_SYMBOL_HZ * _RECORDED_S):
        milliseconds = number * 1000 // _SYMBOL_HZ
        minute, rest = divmod(milliseconds, 60_000)
        time = f"2025-02-19 08:{minute:02}:{rest // 1000:02}.{rest % 1000:03}"
        for place, symbol in enumerate(SYMBOLS):
            yield f"{time},{symbol},{5000 + place}.{number % 90 + 10},{4999 + place}.{number % 90 + 10},{4000 + number}"


def _until_said(process: subprocess.Popen[bytes], log_file: Path, text: str, times: int) -> None:

    until = time.monotonic() + DEADLINE_S
    while log_file.read_text(errors="replace").count(text) < times:
        assert process.poll() is None, log_file.read_text(errors="replace")
        assert time.monotonic() < until, log_file.read_text(errors="replace")
        time.sleep(0.02)
