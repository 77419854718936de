"""A model of graphql-transport-ws: what a server must answer to each frame of a client.

Protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. Where it leaves a choice, the model says what
tickql does: an invalid document ends its own operation only, and so does a payload with a wrong part.
"""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.conformance.protocol.operations import OPERATIONS, Outcome

MAX_ID_CHARACTERS = 128
_CLIENT_TYPES = ("connection_init", "ping", "pong", "subscribe", "complete")


class Kind(StrEnum):
    """The kinds of answers."""

    NOTHING = "nothing"
    ACK = "connection_ack"
    PONG = "pong"
    CLOSE = "close"
    ERROR = "error"
    RESULT = "a result, then complete"
    STREAM = "results without end"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answers. `operation`: the id, `None`: none; `code`: of the close frame, or of the first error."""

    kind: Kind
    operation: str | None = None
    code: int | str | None = None


NOTHING = Answer(Kind.NOTHING)
MALFORMED = Answer(Kind.CLOSE, code=4400)


@dataclass(slots=True)
class Model:
    """One connection."""

    acknowledged: bool = False
    running: set[str] = field(default_factory=set)
    """The ids of operations whose results have no end."""

    def answer(self, frame: str | bytes) -> Answer:
        """Return the answer to the next frame, each being answered before the next is sent."""
        message = _decoded(frame)
        kind = message.get("type") if isinstance(message, dict) else None
        if not isinstance(message, dict) or not isinstance(kind, str) or kind not in _CLIENT_TYPES:
            return MALFORMED
        if kind in ("subscribe", "complete"):
            return self._operation(kind, message)
        if not isinstance(message.get("payload"), dict | None):
            return MALFORMED
        if kind == "ping":
            return Answer(Kind.PONG)
        return NOTHING if kind == "pong" else self._init()

    def _init(self) -> Answer:
        if self.acknowledged:
            return Answer(Kind.CLOSE, code=4429)
        self.acknowledged = True
        return Answer(Kind.ACK)

    def _operation(self, kind: str, message: dict[str, Any]) -> Answer:
        operation, payload = message.get("id"), message.get("payload")
        if not isinstance(operation, str) or not 1 <= len(operation) <= MAX_ID_CHARACTERS:
            return MALFORMED
        if kind == "complete":
            self.running.discard(operation)
            return NOTHING
        if not isinstance(payload, dict):
            return MALFORMED
        if not self.acknowledged:
            return Answer(Kind.CLOSE, code=4401)
        if operation in self.running:
            return Answer(Kind.CLOSE, code=4409)
        return self._subscribe(operation, payload)

    def _subscribe(self, operation: str, payload: dict[str, Any]) -> Answer:
        outcome, code = _outcome(payload)
        if outcome is Outcome.STREAM:
            self.running.add(operation)
            return Answer(Kind.STREAM, operation)
        return Answer(Kind.ERROR if outcome is Outcome.ERROR else Kind.RESULT, operation, code)


def _decoded(frame: str | bytes) -> object:
    if isinstance(frame, bytes):
        return None
    try:
        value: object = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    return value


def _outcome(payload: dict[str, Any]) -> tuple[Outcome, str | None]:
    """Return what becomes of an operation. A part of a wrong type is a fault, whatever the others are."""
    parts = (("variables", dict | None), ("extensions", dict | None), ("operationName", str | None), ("query", str))
    if not all(isinstance(payload.get(name), allowed) for name, allowed in parts):
        return Outcome.ERROR, "BAD_REQUEST"
    return OPERATIONS[json.dumps({name: value for name, value in payload.items() if name != "extensions"})]
