"""Sequences of frames that a client sends, by the number: right ones, wrong ones, and what looks like them."""

import json
import random
from collections.abc import Callable

from tests.conformance.protocol.model import MAX_ID_CHARACTERS
from tests.conformance.protocol.operations import PAYLOADS

Frame = str | bytes

_MAX_FRAMES = 14
_IDS = ("1", "2", "é", "a b", '"', "x" * MAX_ID_CHARACTERS)
_WRONG_IDS: list[object] = [None, "", 1, 1.5, True, [], {}, ["1"], "x" * (MAX_ID_CHARACTERS + 1)]
_WRONG_OBJECTS: list[object] = [[], "x", 1, 0.5, True, False, [{}]]
_WRONG_TEXTS: list[object] = [[], {}, 1, True]
_TYPES: list[object] = [
    "connection_ack", "next", "error", "start", "stop", "data", "", "PING", "ping ", "\x00", "<é>" * 60, 1, None, [],
    {},
]  # fmt: skip
_RAW: list[Frame] = [
    "", " ", "{", "}", "[]", "[{}]", "1", "-0", "1.5e400", "null", "true", "NaN", '"ping"', "{}", '{"type"}', "'",
    "\x00", "9" * 5_000, "[" * 30_000, '{"type":"ping","payload":' + '{"a":' * 9_000, '{"type":"\\ud800"}', "\ufeff{}",
    b"", b"{}", b'{"type":"ping"}', b"\xff\xfe",
]  # fmt: skip


def sequence(seed: int, number: int) -> list[Frame]:
    """Return a sequence. The same seed and number give the same frames, on every machine."""
    choose = random.Random(f"{seed}-{number}")
    frames = [_message(choose) for _ in range(choose.randint(1, _MAX_FRAMES))]
    # Most clients begin as they should: what is after `connection_init` would hardly be tried otherwise.
    return ['{"type":"connection_init"}', *frames] if choose.random() < 0.85 else frames


def _message(choose: random.Random) -> Frame:
    kinds: list[tuple[int, Callable[[random.Random], Frame]]] = [
        (10, _subscribe), (5, _complete), (3, _ping_or_pong), (1, _init), (1, _wrong_type), (1, _damaged),
        (1, lambda choose: choose.choice(_RAW)),
    ]  # fmt: skip
    (make,) = choose.choices([make for _, make in kinds], [weight for weight, _ in kinds])
    return make(choose)


def _subscribe(choose: random.Random) -> str:
    payload: object = dict(choose.choice(PAYLOADS))
    if choose.random() < 0.15:
        payload = _with_a_fault(choose, choose.choice(PAYLOADS))
    elif choose.random() < 0.03:
        payload = choose.choice([*_WRONG_OBJECTS, None])
    return _text(choose, {"type": "subscribe", "id": _id(choose), "payload": payload})


def _with_a_fault(choose: random.Random, payload: dict[str, object]) -> dict[str, object]:
    name = choose.choice(["query", "variables", "extensions", "operationName"])
    if name == "query" and choose.random() < 0.5:
        return {part: value for part, value in payload.items() if part != "query"}
    wrong = _WRONG_TEXTS if name in ("query", "operationName") else _WRONG_OBJECTS
    return {**payload, name: choose.choice(wrong)}


def _complete(choose: random.Random) -> str:
    return _text(choose, {"type": "complete", "id": _id(choose)})


def _id(choose: random.Random) -> object:
    return choose.choice(_WRONG_IDS) if choose.random() < 0.03 else choose.choice(_IDS)


def _ping_or_pong(choose: random.Random) -> str:
    return _text(choose, {"type": choose.choice(["ping", "pong"]), **_payload(choose)})


def _init(choose: random.Random) -> str:
    return _text(choose, {"type": "connection_init", **_payload(choose)})


def _payload(choose: random.Random) -> dict[str, object]:
    if choose.random() < 0.1:
        return {"payload": choose.choice(_WRONG_OBJECTS)}
    return choose.choice([{}, {}, {"payload": None}, {"payload": {}}, {"payload": {"token": "\U0001f600", "n": [1]}}])


def _wrong_type(choose: random.Random) -> str:
    return _text(choose, {"type": choose.choice(_TYPES), "id": "1", "payload": {}})


def _damaged(choose: random.Random) -> str:
    """Return a right message in which one character was dropped, doubled or replaced."""
    text = choose.choice(['{"type":"ping"}', '{"type":"complete","id":"1"}', '{"type":"pong","payload":{}}'])
    place = choose.randrange(len(text))
    return text[:place] + choose.choice(["", text[place] * 2, choose.choice('x"{}[],: 0\\')]) + text[place + 1 :]


def _text(choose: random.Random, message: dict[str, object]) -> str:
    """Return the JSON of a message: members in any order, one too many, blanks, or every character escaped or none."""
    members = list(message.items())
    choose.shuffle(members)
    if choose.random() < 0.1:
        members.append(("more", choose.choice(_WRONG_OBJECTS)))
    escaped = choose.random() < 0.5
    return json.dumps(dict(members), ensure_ascii=escaped, indent=choose.choice([None, None, 1]))
