"""The processes of the system under test: API servers and producers, which die, hang and come back."""

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.support.guarded_process import GuardedProcess
from tests.support.waiting import until
from tickql.feed.embedded.ports import free_port


class ApiServer:
    """`tickql serve` at an address that it keeps over restarts."""

    def __init__(self, name: str, redis_url: str, folder: Path) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {"TICKQL_REDIS_URL": redis_url, "TICKQL_STOP_TIMEOUT_S": "1"}
        command = [sys.executable, "-m", "tickql", "serve", "--port", str(self.port)]
        self.process = GuardedProcess(command, folder / f"{name}.log", environment)

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        self.process.start()

        async def listens() -> bool:
            assert not self.process.has_ended, self.process.output
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        await until(listens)

    async def kill(self) -> None:
        await asyncio.to_thread(self.process.kill)

    async def terminate(self) -> None:
        await asyncio.to_thread(self.process.terminate)

    @property
    def errors(self) -> list[str]:
        """The lines of its log that an operator would have to act on."""
        return [line for line in self.process.output.splitlines() if "Traceback" in line or " ERROR " in line]


class Producer:
    """A program that makes ticks while it holds the lease."""

    def __init__(self, number: int, redis_url: str, folder: Path, *options: str) -> None:
        self.journal = folder / f"producer-{number}.jsonl"
        command = [
            sys.executable, "-m", "tests.support.lease_holder", redis_url, "market_data",
            "--journal", str(self.journal), *options,
        ]  # fmt: skip
        self.process = GuardedProcess(command, folder / f"producer-{number}.log")

    def confirmed(self) -> Iterator[tuple[int, int, bool]]:
        """Yield the terms, how many ticks Redis has confirmed of each, and whether they are all; in order of time."""
        if self.journal.exists():
            for line in self.journal.read_text().splitlines():
                fields = json.loads(line)
                yield fields["term"], fields["confirmed"], fields["last"]

    async def finish(self) -> tuple[int, int]:
        """End the making of ticks. Returns the term and its last tick, once Redis has confirmed it."""
        self.process.send(signal.SIGUSR1)

        async def is_last() -> bool:
            assert not self.process.has_ended, self.process.output[-1_000:]
            # To parse all lines of a long run each time would take longer than the wait.
            return self.journal.exists() and '"last": true' in self.journal.read_text()

        await until(is_last)
        term, number, _ = list(self.confirmed())[-1]
        return term, number


class Producers:
    """The producers of one source: one holds the lease, another may stand by."""

    def __init__(self, redis_url: str, folder: Path, options: Sequence[str]) -> None:
        self.all: list[Producer] = []
        self.behind_s = 0
        self._redis_url = redis_url
        self._folder = folder
        self._options = options

    @property
    def active(self) -> Producer:
        """The newest one."""
        return self.all[-1]

    async def start(self, *options: str) -> Producer:
        """Start one more, and wait until it holds the lease."""
        options = (*self._options, "--behind", str(self.behind_s), *options)
        producer = Producer(len(self.all), self._redis_url, self._folder, *options)
        producer.process.start()
        self.all.append(producer)

        async def holds_lease() -> bool:
            assert not producer.process.has_ended, producer.process.output
            return "\nterm " in f"\n{producer.process.output}"

        await until(holds_lease)
        return producer

    async def end(self, producer: Producer, *, gently: bool) -> None:
        """End one by SIGTERM, after which it sends what it has, or by SIGKILL."""
        await asyncio.to_thread(producer.process.terminate if gently else producer.process.kill)

    async def end_all(self) -> None:
        for producer in self.all:
            await self.end(producer, gently=False)
