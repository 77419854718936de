"""Decoding of MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md) to documents. No I/O.

A binary float has no written digits. It becomes the decimal with the fewest digits that is that very float: 1.1 for the
float nearest to 1.1, of 32 or of 64 bits.
"""

import math
import struct
from collections.abc import Iterator
from typing import Any

from msgpack import Unpacker
from msgpack.exceptions import UnpackException

from tickql.producer.errors import UnreadableMessage
from tickql.producer.feedfile.json_number import JsonNumber
from tickql.producer.streams.json_texts import Part, UnreadPart

# To decode a message with more values would delay all other messages.
_MAX_VALUES = 200_000
_MAX_DEPTH = 100
_MAX_SHOWN_CHARACTERS = 60
_FLOAT32 = 0xCA
_FLOAT32_DIGITS = range(6, 10)
"""Six digits survive in any float of 32 bits, and nine tell any two of them apart."""
_MAPS = frozenset([*range(0x80, 0x90), 0xDE, 0xDF])
_LISTS = frozenset([*range(0x90, 0xA0), 0xDC, 0xDD])
_FAILURES = (UnpackException, ValueError, struct.error, IndexError)


def is_message_pack(data: bytes) -> bool:
    """Return whether data begins like a map or a list of MessagePack. No text in UTF-8 that is JSON begins so."""
    return data[:1] != b"" and (data[0] in _MAPS or data[0] in _LISTS)


def message_pack_parts(data: bytes) -> Iterator[Part]:
    """Yield the documents of a message: one value, or several one after another."""
    decoder = _Decoder(data)
    try:
        while not decoder.is_at_end:
            yield decoder.value(0)
    except _FAILURES as error:
        reason = str(error) if isinstance(error, _Refused) else "is no MessagePack, or is cut off"
        yield UnreadPart(UnreadableMessage(repr(data[:40]), f"{reason}, at byte {decoder.position + 1}"))


class _Refused(ValueError):
    """The data is beyond a limit. The message is for people."""


class _Decoder:
    """Decodes values one by one. The type of each is known from its first byte: floats of 32 bits are told apart."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._values = 0
        self._unpacker = Unpacker(
            strict_map_key=False, unicode_errors="replace", ext_hook=_extension, max_buffer_size=len(data) + 1
        )
        self._unpacker.feed(data)

    @property
    def position(self) -> int:
        return int(self._unpacker.tell())

    @property
    def is_at_end(self) -> bool:
        return self.position >= len(self._data)

    def value(self, depth: int) -> Any:
        self._values += 1
        if depth > _MAX_DEPTH or self._values > _MAX_VALUES:
            raise _Refused("is nested too deeply" if depth > _MAX_DEPTH else f"has more than {_MAX_VALUES:,} values")
        first = self._data[self.position]
        if first in _MAPS:
            return dict(self._items(self._unpacker.read_map_header(), depth + 1))
        if first in _LISTS:
            return [self.value(depth + 1) for _ in range(self._unpacker.read_array_header())]
        value = self._unpacker.unpack()
        return _float32(value) if first == _FLOAT32 else _scalar(value)

    def _items(self, count: int, depth: int) -> Iterator[tuple[str, Any]]:
        for _ in range(count):
            key = self.value(depth)
            # JMESPath knows only keys that are texts: the number 1042 becomes "1042".
            yield key if isinstance(key, str) else str(key), self.value(depth)


def _scalar(value: Any) -> Any:
    if isinstance(value, float):
        return _number(repr(value)) if math.isfinite(value) else str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return JsonNumber(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if value is None or isinstance(value, bool | str) else str(value)[:_MAX_SHOWN_CHARACTERS]


def _float32(value: float) -> Any:
    """Return a float that had 32 bits: with fewer digits than the same number needs as a float of 64 bits."""
    if not math.isfinite(value):
        return str(value)
    texts = (f"{value:.{digits}g}" for digits in _FLOAT32_DIGITS)
    return _number(next(text for text in texts if _as_float32(text) == value))


def _as_float32(text: str) -> float:
    try:
        (value,) = struct.unpack("f", struct.pack("f", float(text)))
    except OverflowError:
        return math.inf
    return float(value)


def _number(text: str) -> JsonNumber:
    return JsonNumber(text.removesuffix(".0")) if float(text) else JsonNumber(0)


def _extension(code: int, data: bytes) -> Any:
    return f"extension {code} of {len(data):,} bytes"
