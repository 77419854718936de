"""Plays sequences of frames against a server, and compares each answer with the model's."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.conformance.protocol.model import Answer, Kind, Model
from tests.conformance.protocol.sequences import Frame, sequence
from tests.support.graphql_client import Api
from tests.support.waiting import DEADLINE_S

_BARRIER = '{"type":"ping"}'


@dataclass(slots=True)
class Difference(Exception):
    """A server has answered otherwise than the model."""

    frames: list[Frame]
    """The sequence up to the frame that was answered otherwise."""
    expected: Answer
    got: object

    def __str__(self) -> str:
        last = repr(self.frames[-1])
        return f"frame {len(self.frames)}, {last:.200}: expected {self.expected}, got {self.got!r:.300}"


@dataclass(slots=True)
class Played:
    """What came of several sequences."""

    sequences: int = 0
    frames: int = 0
    differences: list[str] = field(default_factory=list)


async def play_all(
    api: Api, seed: int, numbers: Iterable[int], before_each: Callable[[], object] = lambda: None, at_once: int = 8
) -> Played:
    """Play the sequences with these numbers, several at the same time. `before_each`: is called before each."""
    played, waiting = Played(), iter(numbers)

    async def play_next() -> None:
        for number in waiting:
            frames = sequence(seed, number)
            before_each()
            try:
                answered = await play(api, frames)
                played.frames += answered
            except Difference as difference:
                played.differences.append(f"SEED={seed}, sequence {number}, {difference}")
            played.sequences += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(play_next())
    return played


async def play(api: Api, frames: list[Frame]) -> int:
    """Play one sequence until the server closes the connection. Returns how many frames it took.

    Raises:
        Difference: an answer is not the model's.
    """
    model = Model()
    async with api.open(max_size=None) as socket:
        reader = _Reader(socket.connection, model)
        for count, frame in enumerate(frames, 1):
            before = frozenset(model.running)
            expected = model.answer(frame)
            try:
                await socket.connection.send(frame)
                got = await reader.answer(expected, before - model.running)
            except ConnectionClosed as closed:
                got = Answer(Kind.CLOSE, code=closed.rcvd.code if closed.rcvd else 1006)
            except _Unexpected as unexpected:
                raise Difference(frames[:count], expected, unexpected.message) from None
            except TimeoutError:
                raise Difference(frames[:count], expected, "no answer") from None
            if got != expected:
                raise Difference(frames[:count], expected, got)
            if got.kind is Kind.CLOSE:
                return count
    return len(frames)


class _Unexpected(Exception):
    def __init__(self, message: object) -> None:
        super().__init__(str(message))
        self.message = message


class _Reader:
    """Reads the answers to frames, among the results of running operations."""

    def __init__(self, connection: ClientConnection, model: Model) -> None:
        self._connection = connection
        self._model = model
        self._seqs: dict[str, int] = {}
        """The newest `seq` of each running operation that has one."""

    async def answer(self, expected: Answer, ended: frozenset[str]) -> Answer:
        """Return the answer to the frame that was sent. `ended`: running operations that the frame has ended."""
        for operation in ended:
            self._seqs.pop(operation, None)
        if expected.kind is Kind.CLOSE:
            while True:
                self._foreign(await self._next(), ended)
        if expected.kind is Kind.NOTHING:
            await self._connection.send(_BARRIER)
            await self._own(None, ended)
            return expected
        message = await self._own(expected.operation, ended)
        return await self._operation(message) if expected.operation else Answer(Kind(message["type"]))

    async def _operation(self, message: dict[str, Any]) -> Answer:
        """Return the answer that begins with this message of an operation."""
        operation: str = message["id"]
        if message["type"] == "error":
            return Answer(Kind.ERROR, operation, _code(message["payload"]))
        if message["type"] != "next":
            raise _Unexpected(message)
        if operation in self._model.running:
            self._note(operation, message["payload"])
            return Answer(Kind.STREAM, operation)
        last = await self._own(operation, frozenset())
        if last != {"id": operation, "type": "complete"}:
            raise _Unexpected(last)
        return Answer(Kind.RESULT, operation, _code(message["payload"].get("errors", [])))

    async def _own(self, operation: str | None, ended: frozenset[str]) -> dict[str, Any]:
        """Return the next message of an operation; `None`: the next that belongs to none."""
        while (message := await self._next()).get("id") != operation or message["type"] == "ping":
            self._foreign(message, ended)
        return message

    async def _next(self) -> dict[str, Any]:
        async with asyncio.timeout(DEADLINE_S):
            message: dict[str, Any] = json.loads(await self._connection.recv())
        return message

    def _foreign(self, message: dict[str, Any], ended: frozenset[str]) -> None:
        """Check a message that is not the answer: a ping, or a result of an operation that runs or has just ended."""
        operation = message.get("id")
        if message["type"] == "ping":
            return
        if message["type"] != "next" or operation not in self._model.running | ended:
            raise _Unexpected(message)
        if operation not in ended:
            self._note(operation, message["payload"])

    def _note(self, operation: str, payload: dict[str, Any]) -> None:
        """Check that a stream of ticks has no hole."""
        seq = (payload["data"].get("ticks") or {}).get("seq")
        if seq is not None:
            if seq != self._seqs.get(operation, seq - 1) + 1:
                raise _Unexpected(f"{operation}: {seq} after {self._seqs[operation]}")
            self._seqs[operation] = seq


def _code(errors: list[dict[str, Any]]) -> str | None:
    """Return the code of the first error; `None`: there is no error. An error without a code has a code of its own."""
    return errors[0].get("extensions", {}).get("code", "NO CODE") if errors else None


@dataclass(slots=True)
class Neighbour:
    """A client that follows a symbol all the while."""

    seqs: list[int] = field(default_factory=list)

    @property
    def holes(self) -> int:
        """How many times a tick was not the one after the tick before."""
        return sum(after != before + 1 for before, after in pairwise(self.seqs))


@asynccontextmanager
async def neighbour(api: Api, symbol: str = "ES") -> AsyncIterator[Neighbour]:
    """Follow a symbol until the context ends."""
    following = Neighbour()
    async with api.ticks(symbol) as stream:

        async def follow() -> None:
            while True:
                following.seqs.append((await stream.next())["seq"])

        task = asyncio.create_task(follow())
        try:
            yield following
        finally:
            task.cancel()
            await asyncio.wait([task])
