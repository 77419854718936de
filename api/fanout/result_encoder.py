"""Encodes GraphQL results for one compiled selection and one framing, as payloads that all its subscribers share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from tickql.api.fanout.compiled_selection import CompiledSelection
from tickql.api.fanout.json_source import JsonSource
from tickql.api.fanout.json_template import Hole, JsonTemplate
from tickql.api.traffic import Transport
from tickql.feed.time_slices import pause

MAX_PART_BYTES = 256 * 1024
"""Limit of one result of a `board`. Python's WebSocket libraries refuse messages of more than 1 MiB, and a result of
5,000 symbols would have 1.2 MB."""


@dataclass(frozen=True, slots=True)
class Framing:
    """The text around a result in a message of a transport, without what differs from subscriber to subscriber.

    `id_line`: precedes `before` where the result is a single tick, and has one hole, `%b`, for the tick's cursor.
    """

    before: bytes
    after: bytes
    transport: Transport
    id_line: bytes = b""


@dataclass(frozen=True)
class ResultEncoder:
    """An `EventEncoder`, or a `StatusEncoder` for a selection of `FeedStatus`. Equal encoders are interchangeable."""

    selection: CompiledSelection
    framing: Framing
    transport: Transport = field(init=False, repr=False, compare=False)
    _payload: JsonTemplate = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        before, after = self._envelope()
        id_line, holes = b"", tuple[Hole, ...]()
        if self.selection.is_tick and self.framing.id_line:
            id_line, holes = self.framing.id_line, (Hole("cursor_text"),)
        object.__setattr__(self, "transport", self.framing.transport)
        object.__setattr__(self, "_payload", self.selection.template.wrapped(id_line + before, after, holes))

    def encode(self, source: JsonSource[Any]) -> bytes:
        """Return the payload for a root field that is no list."""
        return self._payload.render(source)

    def encode_many(self, sources: Iterable[JsonSource[Any]]) -> Iterator[bytes]:
        """Yield payloads of at most `MAX_PART_BYTES` for a list, else one for the only source.

        A payload is encoded when it is asked for.
        """
        if not self.selection.is_list:
            yield from map(self.encode, sources)
            return
        before, after = self._envelope()
        most = MAX_PART_BYTES - len(before) - len(after) - len(b"[]")
        values: list[bytes] = []
        size = 0
        for value in map(self.selection.template.render, sources):
            pause()
            if values and size + len(value) > most:
                yield b"%b[%b]%b" % (before, b",".join(values), after)
                values, size = [], 0
            values.append(value)
            size += len(value) + len(b",")
        if values:
            yield b"%b[%b]%b" % (before, b",".join(values), after)

    def _envelope(self) -> tuple[bytes, bytes]:
        return b'%b{"data":{"%b":' % (self.framing.before, self.selection.response_key), b"}}" + self.framing.after


_encoders: WeakValueDictionary[tuple[CompiledSelection, Framing], ResultEncoder] = WeakValueDictionary()
"""The encoders in use."""


def result_encoder(selection: CompiledSelection, framing: Framing) -> ResultEncoder:
    """Return one encoder for all equal arguments, so that thousands of subscribers keep one object in memory."""
    encoder = _encoders.get((selection, framing))
    if encoder is None:
        encoder = _encoders[selection, framing] = ResultEncoder(selection, framing)
    return encoder
