"""A reconnect storm: a thousand clients of mixed kinds, whose server is killed and started again."""

import asyncio
import json
import random
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from bench.child import free_port
from bench.hostile.background import move_to_servers_core
from bench.hostile.resources import sample
from bench.hostile.scene import NAMESPACE
from bench.http_stream import MULTIPART, SSE
from bench.results import Figures, Row
from bench.servers import TICKQL, Place
from bench.stage import Stage
from bench.ticker import symbol
from bench.websocket import client_frame, upgrade_request

STORM = "storm"
CLIENTS = 1000
_TICKS_HZ = 5.0
_DOWN_S = 1.0
_BEFORE_S, _AFTER_S = 3.0, 3.0
_DEADLINE_S = 60.0
_RETRY_S = (0.1, 1.0)
"""The pause before a client connects again, at random between these."""
_DOCUMENT = "subscription ($s: String!, $a: ID) { ticks(symbol: $s, after: $a) { seq cursor gap { reason } } }"
_TICK = re.compile(rb'"seq":"?(\d+)"?,"cursor":"([^"]+)","gap":(null|\{)')


@dataclass(slots=True)
class StormClient:
    """A client that resumes at its cursor. `accept`: over HTTP; `None`: over a WebSocket."""

    port: int
    source: str
    accept: str | None
    seq: int = 0
    cursor: str | None = None
    gaps: int = 0
    repeats: int = 0
    heard_s: float = 0.0
    """When the newest tick came, on the monotonic clock."""
    resumed_s: float = 0.0
    """When the first tick after the last connecting came."""

    async def run(self) -> None:
        """Stay subscribed until cancelled."""
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.source, 0))
                try:
                    await self._subscribe(reader, writer)
                    await self._receive(reader)
                finally:
                    writer.close()
            await asyncio.sleep(random.uniform(*_RETRY_S))

    async def _subscribe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        payload = {"query": _DOCUMENT, "variables": {"s": symbol(0), "a": self.cursor}}
        host = f"127.0.0.1:{self.port}"
        if self.accept is not None:
            body = json.dumps(payload)
            head = f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nAccept: {self.accept}\r\nContent-Type: application/json"
            writer.write(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            return
        writer.write(upgrade_request(host, "/graphql", "graphql-transport-ws"))
        await reader.readuntil(b"\r\n\r\n")
        writer.write(client_frame(b'{"type":"connection_init"}'))
        await reader.readuntil(b"connection_ack")
        writer.write(client_frame(json.dumps({"id": "1", "type": "subscribe", "payload": payload}).encode()))

    async def _receive(self, reader: asyncio.StreamReader) -> None:
        data, is_first = b"", True
        while received := await reader.read(65_536):
            data += received
            end = 0
            for match in _TICK.finditer(data):
                self._take(int(match[1]), match[2].decode(), match[3] != b"null")
                end = match.end()
                if is_first:
                    self.resumed_s, is_first = self.heard_s, False
            data = data[end:]

    def _take(self, seq: int, cursor: str, has_gap: bool) -> None:
        if self.seq:
            self.gaps += has_gap or seq > self.seq + 1
            self.repeats += seq <= self.seq
        self.seq, self.cursor, self.heard_s = seq, cursor, time.monotonic()


def measure_storm() -> Iterator[Row]:
    """Kill the server with SIGKILL, and start it again a second later."""
    with Stage() as stage, ExitStack() as stack:
        feed = ["--to", stage.redis_url, "--namespace", NAMESPACE, "--idle", str(_TICKS_HZ)]
        stack.enter_context(stage.child("ticker", [sys.executable, "-m", "bench.ticker", "feed", *feed]))
        place = Place(free_port(), stage.redis_url, NAMESPACE, stage.folder)
        yield Row(STORM, TICKQL.name, CLIENTS, asyncio.run(_storm(stage, place)))


async def _storm(stage: Stage, place: Place) -> Figures:
    kinds = (None, None, SSE, MULTIPART)
    clients = [StormClient(place.port, f"127.0.0.{2 + number % 8}", kinds[number % 4]) for number in range(CLIENTS)]
    with ExitStack() as stack:
        first = stage.child("tickql", TICKQL.command(place), _environment(place))
        stack.enter_context(first)
        await asyncio.to_thread(first.wait_for_port, place.port)
        tasks = [asyncio.create_task(client.run()) for client in clients]
        await _until(clients, 0.0)
        await asyncio.sleep(_BEFORE_S)
        first.processes[0].send_signal(signal.SIGKILL)
        killed_s = time.monotonic()
        await asyncio.sleep(_DOWN_S)
        second = stage.child("tickql", TICKQL.command(place), _environment(place))
        stack.enter_context(second)
        started_s = time.monotonic()
        await asyncio.to_thread(second.wait_for_port, place.port)
        listening_s = time.monotonic()
        pid = second.processes[0].pid
        move_to_servers_core(pid)
        await _until(clients, killed_s)
        mb = sample(pid).mb
        await asyncio.sleep(_AFTER_S)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        resumed = sorted(client.resumed_s for client in clients)
    return {
        "resumed_s": resumed[-1] - killed_s,
        "resumed_after_start_s": resumed[-1] - started_s,
        "resumed_after_listening_s": resumed[-1] - listening_s,
        "median_after_listening_s": resumed[len(resumed) // 2] - listening_s,
        "gaps": sum(client.gaps for client in clients),
        "repeats": sum(client.repeats for client in clients),
        "behind": sum(client.seq < max(each.seq for each in clients) - 1 for client in clients),
        "mb": mb,
    }


def _environment(place: Place) -> dict[str, str]:
    return {"TICKQL_REDIS_URL": place.redis_url, "TICKQL_NAMESPACE": place.namespace}


async def _until(clients: list[StormClient], since_s: float) -> None:
    """Wait until each client has received a tick on a connection that was made after a moment."""
    async with asyncio.timeout(_DEADLINE_S):
        while any(client.resumed_s <= since_s for client in clients):  # noqa: ASYNC110 - a thousand clients, no event
            await asyncio.sleep(0.05)
