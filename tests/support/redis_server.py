"""A real Redis or Valkey server for tests, which may be killed, frozen and restarted."""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path

import redis

from tests.support.guarded_process import GuardedProcess
from tests.support.waiting import DEADLINE_S
from tickql.feed.embedded.ports import free_port
from tickql.feed.embedded.server import find_server


class RedisServer:
    """A server process. It can be killed, frozen, and started again at the same address.

    `keeps_data`: with an append-only file. Without one no slow disk holds it up. `options`: further ones.
    `login`: that of a user that may do everything, as it stands in an address: `admin:horse@`.
    """

    def __init__(self, folder: Path, *, keeps_data: bool = True, options: Sequence[str] = (), login: str = "") -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://{login}127.0.0.1:{self.port}/0"
        self.pid = 0
        self.bus_port = 0
        """The port of the bus, of a node of a cluster."""
        command = [
            find_server(), "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(folder),
            "--appendonly", "yes" if keeps_data else "no", "--appendfsync", "everysec", "--save", "", *options,
        ]  # fmt: skip
        self._process = GuardedProcess(command, folder / "server.log")

    def start(self) -> None:
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start the process, without waiting until it answers."""
        self._process.start()

    def wait(self) -> None:
        """Wait until the server answers."""
        deadline = time.monotonic() + DEADLINE_S
        while not self._answers():
            assert time.monotonic() < deadline, self._process.output
            assert not self._process.has_ended, self._process.output
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, protocol=2) as client:
                self.pid = int(client.info("server")["process_id"])
                return True
        except redis.RedisError:
            return False

    @property
    def has_ended(self) -> bool:
        return self._process.has_ended

    def kill(self) -> None:
        """End the process with SIGKILL."""
        self._process.kill()

    async def restart(self) -> None:
        await asyncio.to_thread(self.start)

    def freeze(self) -> None:
        self._process.freeze()

    def thaw(self) -> None:
        self._process.thaw()

    def cut_tail(self, size_bytes: int, at_most: float = 1.0) -> None:
        """Cut the end of the append-only file of a dead server: as if it had not been written to disk yet.

        `at_most`: the share of the file that may be cut.
        """
        (newest,) = (self.folder / "appendonlydir").glob("*.incr.aof")
        size = newest.stat().st_size
        os.truncate(newest, size - min(size_bytes, int(at_most * size)))

    def stop(self) -> None:
        if not self._process.has_ended:
            self.thaw()
            self.kill()
