"""The messages that clients send over graphql-transport-ws: their shape is checked before anything else sees them.

A malformed message breaks the protocol and closes the connection with 4400. A `subscribe` message that is well formed,
but whose operation has a wrong part (no `query`, a list of `variables`), costs that operation only.

Protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError

from tickql.api.limits.values import LIMITS
from tickql.api.transport.operation_parts import check_operation

_CLIENT_TYPES = ("connection_init", "ping", "pong", "subscribe", "complete")


class MalformedMessage(Exception):
    """A message breaks the protocol. The text is the reason of the close frame."""


class BadOperation(Exception):
    """The operation of a `subscribe` message cannot be executed. `id`: the operation's; `error`: for the client."""

    def __init__(self, operation_id: str, error: GraphQLError) -> None:
        super().__init__(str(error))
        self.id = operation_id
        self.error = error


def check_message(message: object) -> dict[str, Any]:
    """Return a message whose shape is right.

    Raises:
        MalformedMessage: it is no object, or its type, id or payload is wrong.
        BadOperation: it is a `subscribe` message, and a part of its operation is wrong.
    """
    if not isinstance(message, dict):
        raise MalformedMessage("a message must be a JSON object")
    kind = message.get("type")
    if kind not in _CLIENT_TYPES:
        raise MalformedMessage("type is missing" if kind is None else f"Unknown message type: {kind!a:.60}")
    if kind in ("subscribe", "complete"):
        _check_id(message.get("id"))
    payload = message.get("payload")
    if kind == "subscribe":
        if not isinstance(payload, dict):
            raise MalformedMessage("payload of subscribe must be an object")
        _check_operation(message["id"], payload)
    elif kind != "complete" and not isinstance(payload, dict | None):
        raise MalformedMessage(f"payload of {kind} must be an object or null")
    return message


def _check_id(operation_id: object) -> None:
    if not isinstance(operation_id, str) or not operation_id:
        raise MalformedMessage("id must be a string that is not empty")
    if len(operation_id) > LIMITS.id_characters:
        raise MalformedMessage(f"id has more than {LIMITS.id_characters} characters")


def _check_operation(operation_id: str, payload: Mapping[str, object]) -> None:
    try:
        check_operation(payload)
    except GraphQLError as error:
        raise BadOperation(operation_id, error) from error
