"""The decoder of one rule's messages: unpacks bytes, and applies the rule's `framing` and `prefix`. No I/O."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice

from tickql.producer.errors import UnreadableMessage
from tickql.producer.feedfile.framing import Framing, NamedFraming
from tickql.producer.streams.framings.detection import MAX_LOOKED_AT, advice_for
from tickql.producer.streams.framings.engine_io import engine_io_parts, socket_io_parts
from tickql.producer.streams.framings.json_protocols import phoenix_parts, pusher_parts
from tickql.producer.streams.framings.length_head import split_by_length
from tickql.producer.streams.framings.signalr import signalr_parts
from tickql.producer.streams.framings.sockjs import split_sockjs
from tickql.producer.streams.framings.stomp import stomp_parts
from tickql.producer.streams.json_texts import MAX_CHARACTERS, Part, UnreadPart, json_parts, unread
from tickql.producer.streams.line_parsers import LINE_END
from tickql.producer.streams.message_pack import is_message_pack, message_pack_parts
from tickql.producer.streams.unpacking import inflate_raw, unpack

MAX_DOCUMENTS = 10_000
"""The documents that are read of one message: more would delay all other messages."""
# Shorter bytes are hardly prices: they are heartbeats.
_MIN_DATA_BYTES = 16
_KNOWN = "JSON, gzip, zlib, deflate or MessagePack"

_PROTOCOLS: Mapping[NamedFraming, Callable[[str | bytes], Iterable[Part]]] = {
    NamedFraming.ENGINE_IO: engine_io_parts,
    NamedFraming.SOCKET_IO: socket_io_parts,
    NamedFraming.SIGNALR: signalr_parts,
    NamedFraming.STOMP: stomp_parts,
    NamedFraming.PHOENIX: phoenix_parts,
    NamedFraming.PUSHER: pusher_parts,
}


class MessageDecoder:
    """Decodes the messages of one rule. It remembers nothing: each message is read on its own.

    `max_characters`: of the longest message that is read, packed and unpacked.
    """

    def __init__(self, framing: Framing, max_characters: int = MAX_CHARACTERS) -> None:
        self._max_characters = max_characters
        self._framing = framing
        self._prefix = framing.prefix
        self._read = self._reader()

    def parts(self, data: str | bytes) -> Iterable[Part]:
        """Return the documents of a message, and an `UnreadPart` for each part that cannot be read. Never raises."""
        if len(data) > self._max_characters:
            return self._too_long(data)
        try:
            content = data if isinstance(data, str) else unpack(data)
            if len(content) > self._max_characters:
                return self._too_long(content)
            parts = self._read(content)
        except UnreadableMessage as error:
            return (UnreadPart(error),)
        return parts if isinstance(parts, tuple) else _limited(parts)

    def _too_long(self, data: str | bytes) -> tuple[UnreadPart]:
        most = self._max_characters
        advice = "" if most >= MAX_CHARACTERS else f": max_message allows up to {MAX_CHARACTERS:,}"
        return (unread(str(data[:100]), f"has more than {most:,} characters{advice}"),)

    def _reader(self) -> Callable[[str | bytes], Iterable[Part]]:
        name = self._framing.name
        if name is None:
            return self._read_any if self._framing.length_head is None else self._read_lengths
        named: dict[NamedFraming, Callable[[str | bytes], Iterable[Part]]] = {
            **_PROTOCOLS,
            NamedFraming.JSON: self._read_json,
            NamedFraming.LINES: self._read_lines,
            NamedFraming.MESSAGEPACK: _read_message_pack,
            NamedFraming.SOCKJS: _read_sockjs,
        }
        return named[name]

    def _read_any(self, content: str | bytes) -> Iterable[Part]:
        """Read what needs no framing: JSON texts, and bytes of a format that is certain."""
        if isinstance(content, bytes):
            return self._read_bytes(content)
        parts = self._read_text(content)
        if type(parts) is tuple and type(parts[0]) is UnreadPart:
            return _advised(content, parts[0]), *parts[1:]
        return parts

    def _read_text(self, text: str) -> Iterable[Part]:
        """Read JSON texts behind the rule's prefix."""
        if self._prefix is None:
            return json_parts(text)
        found = self._prefix.match(text)
        if found is None:
            return (unread(text, f"does not begin with {self._framing.prefix_text!r}", foreign=True),)
        return json_parts(text[found.end() :])

    def _read_bytes(self, data: bytes) -> Iterable[Part]:
        if self._prefix is None and is_message_pack(data):
            parts = tuple(islice(message_pack_parts(data), MAX_DOCUMENTS + 1))
            # Other bytes may begin like MessagePack, but then they do not continue like it.
            if not any(isinstance(part, UnreadPart) for part in parts):
                return _limited(parts)
        text = inflate_raw(data)
        if text is not None:
            return self._read_text(text)
        return _not_read(data) if self._prefix is None else tuple(map(_as_foreign, _not_read(data)))

    def _read_json(self, content: str | bytes) -> Iterable[Part]:
        if isinstance(content, bytes):
            return map(_as_foreign, _not_read(content))
        return map(_as_foreign, self._read_text(content))

    def _read_lines(self, content: str | bytes) -> Iterator[Part]:
        if isinstance(content, bytes):
            yield from _not_read(content)
            return
        for line in LINE_END.split(content):
            if line and not line.isspace():
                yield from self._read_text(line)

    def _read_lengths(self, content: str | bytes) -> Iterator[Part]:
        assert self._framing.length_head is not None
        if isinstance(content, bytes):
            yield from _not_read(content)
            return
        for part in split_by_length(content, self._framing.length_head):
            yield from [part] if isinstance(part, UnreadPart) else self._read_text(part)


def _read_message_pack(content: str | bytes) -> Iterable[Part]:
    return message_pack_parts(content.encode(errors="replace") if isinstance(content, str) else content)


def _read_sockjs(content: str | bytes) -> Iterator[Part]:
    if isinstance(content, bytes):
        yield from _not_read(content)
        return
    for message in split_sockjs(content):
        yield from [message] if isinstance(message, UnreadPart) else json_parts(message)


def _limited(parts: Iterable[Part]) -> Iterator[Part]:
    for number, part in enumerate(parts):
        if number == MAX_DOCUMENTS:
            yield unread("", f"is a message of more than {MAX_DOCUMENTS:,} documents")
            return
        yield part


def _not_read(data: bytes) -> tuple[UnreadPart]:
    is_short = len(data) < _MIN_DATA_BYTES
    return (unread(repr(data[:40]), f"is {len(data):,} bytes that are not {_KNOWN}", foreign=is_short),)


def _as_foreign(part: Part) -> Part:
    if not isinstance(part, UnreadPart) or part.fault.foreign:
        return part
    return UnreadPart(UnreadableMessage(part.fault.raw, part.fault.why, foreign=True))


def _advised(text: str, part: UnreadPart) -> UnreadPart:
    """Return the part with the key that may read it, added to what is wrong."""
    fault = part.fault
    advice = partial(advice_for, text[:MAX_LOOKED_AT])
    return UnreadPart(UnreadableMessage(fault.raw, fault.why, foreign=fault.foreign, advice=advice))
