"""Sends malformed input to a server. Each gets an answer, or a close with a code that the fault explains."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.conformance.protocol.malformed import body, frames, request
from tests.support.raw_http import HANDSHAKE, frame
from tests.support.waiting import DEADLINE_S

_FAULT_CODES = {1002, 1003, 1007, 1008, 1009, 4400, 4401, 4409, 4429}
_ECHOED_CODES = {None, 1000, 1001, 1005, 3000, 4999}
"""Those with which the client itself may close, and which the server sends back. `None`: a close without a code."""
_EXPLAINED_CODES = _FAULT_CODES | _ECHOED_CODES
_SERVER_FAULTS = range(500, 600)
_NOT_SUPPORTED = (501, 505)
_BARRIER = frame(b"barrier", opcode=9)
_CLOSE, _PONG = 8, 10
_INIT = frame(b'{"type":"connection_init"}')


@dataclass(slots=True)
class Probed:
    """What came of much malformed input."""

    tried: Counter[str] = field(default_factory=Counter)
    """By its kind."""
    answers: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)


class Prober:
    """Sends input of one seed, each kind by its number."""

    def __init__(self, url: str, seed: int) -> None:
        where = urlsplit(url)
        self.host = where.netloc.encode()
        self.probed = Probed()
        self._address = (where.hostname, where.port)
        self._seed = seed

    async def run(
        self, kinds: Mapping[str, Iterable[int]], before_each: Callable[[], object] = lambda: None, at_once: int = 16
    ) -> Probed:
        """Send the input with these numbers of each kind: `bodies`, `heads` and `frames`."""
        probes: dict[str, Callable[[random.Random], Awaitable[str]]] = {
            "bodies": self._body, "heads": self._head, "frames": self._frames
        }  # fmt: skip
        waiting = ((kind, number) for kind, numbers in kinds.items() for number in numbers)

        async def probe_next() -> None:
            for kind, number in waiting:
                before_each()
                await self._probe(kind, number, probes[kind])

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(probe_next())
        return self.probed

    async def _probe(self, kind: str, number: int, probe: Callable[[random.Random], Awaitable[str]]) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                answer = await probe(random.Random(f"{self._seed}-{kind}-{number}"))
        except TimeoutError:
            answer = "UNEXPLAINED silence"
        self.probed.tried[kind] += 1
        self.probed.answers[f"{kind}: {answer}"] += 1
        if answer.startswith("UNEXPLAINED"):
            self.probed.unexplained.append(f"SEED={self._seed}, {kind} {number}: {answer}")

    async def _body(self, choose: random.Random) -> str:
        content = body(choose)
        head = b"POST /graphql HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        return await self._status(head % (self.host, len(content)) + content, complete=True)

    async def _head(self, choose: random.Random) -> str:
        made = request(choose, self.host)
        return await self._status(made.data, made.complete)

    async def _status(self, data: bytes, complete: bool) -> str:
        """Return what kind of answer a request gets. The client leaves, if the server may wait for more."""
        reader, writer = await asyncio.open_connection(*self._address)
        try:
            writer.write(data)
            if not complete:
                return "left"
            line = await reader.readline()
        except ConnectionError:
            line = b""
        finally:
            writer.transport.abort()
        if not line.startswith(b"HTTP/1."):
            return f"UNEXPLAINED {line!r} for {data!r:.600}"
        status = int(line.split()[1])
        if status in _SERVER_FAULTS and status not in _NOT_SUPPORTED:
            return f"UNEXPLAINED {status} for {data!r:.600}"
        return str(status)

    async def _frames(self, choose: random.Random) -> str:
        made = frames(choose)
        reader, writer = await asyncio.open_connection(*self._address)
        try:
            writer.write(HANDSHAKE % (b"/graphql", self.host, b""))
            await reader.readuntil(b"\r\n\r\n")
            writer.write(_INIT)
            await reader.readuntil(b'connection_ack"}')
            writer.write(made.data + (_BARRIER if made.complete else b""))
            return await _answer(reader) if made.complete else "left"
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            return f"UNEXPLAINED {type(error).__name__} for {made.data!r:.600}"
        finally:
            writer.transport.abort()


async def _answer(reader: asyncio.StreamReader) -> str:
    """Return what the server does: it answers the ping after the malformed frames, or closes with a code."""
    while True:
        first, second = await reader.readexactly(2)
        size = second if second < 126 else int.from_bytes(await reader.readexactly(2 if second == 126 else 8))
        payload = await reader.readexactly(size)
        if first & 15 == _PONG and payload == b"barrier":
            return "goes on"
        if first & 15 == _CLOSE:
            code = int.from_bytes(payload[:2]) if payload else None
            return f"{'' if code in _EXPLAINED_CODES else 'UNEXPLAINED '}close {code}"
