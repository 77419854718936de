"""Phoenix channels and Pusher: each message is one JSON text with an event around the data. No I/O."""

from collections.abc import Iterable, Iterator
from typing import Any

from tickql.producer.feedfile.exact_json import decode_json
from tickql.producer.streams.json_texts import Part, UnreadPart, json_parts, unread

_PHOENIX_KEYS = ("join_ref", "ref", "topic", "event", "payload")
_BYTES = "is bytes: only texts of this framing are read"


def phoenix_parts(data: str | bytes) -> Iterator[Part]:
    """Yield `{join_ref, ref, topic, event, payload}` of a Phoenix message, which a list in this order stands for.

    Messages of an older protocol are such objects already. Heartbeats are foreign.
    """
    for part in _json(data):
        message = part
        if isinstance(part, list) and len(part) == len(_PHOENIX_KEYS):
            message = dict(zip(_PHOENIX_KEYS, part, strict=True))
        if isinstance(part, UnreadPart):
            yield part
        elif not isinstance(message, dict) or not isinstance(message.get("topic"), str):
            yield unread(_shown(data), "is no Phoenix message: [join_ref, ref, topic, event, payload]")
        elif message["topic"] == "phoenix":
            yield unread(_shown(data), "is a Phoenix heartbeat", foreign=True)
        else:
            yield message


def pusher_parts(data: str | bytes) -> Iterator[Part]:
    """Yield the `{event, channel, data}` of a Pusher message; JSON in the text `data` is decoded.

    Messages of the protocol itself, such as `pusher:ping`, are foreign.
    """
    for part in _json(data):
        if isinstance(part, UnreadPart):
            yield part
        elif not isinstance(part, dict) or not isinstance(part.get("event"), str):
            yield unread(_shown(data), "is no Pusher message: it has no event")
        elif part["event"].startswith(("pusher:", "pusher_internal:")):
            yield unread(_shown(data), "is a message of the Pusher protocol itself", foreign=True)
        else:
            yield _with_data(part, _shown(data))


def json_or_text(text: str) -> Any:
    """Return the value of a JSON text; a text that is not JSON is returned as it is.

    Raises:
        ValueError: the text begins like a JSON object or list, but is none.
    """
    body = text.strip()
    try:
        return decode_json(body)
    except ValueError:
        if body.startswith(("{", "[")):
            raise
        return text


def _with_data(message: dict[str, Any], shown: str) -> Part:
    if not isinstance(message.get("data"), str):
        return message
    try:
        return {**message, "data": json_or_text(message["data"])}
    except ValueError as error:
        return UnreadPart(unread(shown, f"has data that is not JSON: {error}").fault, message)


def _json(data: str | bytes) -> Iterable[Part]:
    return json_parts(data) if isinstance(data, str) else (unread(_shown(data), _BYTES),)


def _shown(data: str | bytes) -> str:
    return data if isinstance(data, str) else repr(data[:40])
