"""Unpacking of messages that are bytes: gzip, zlib and raw deflate, within a limit. No I/O."""

import zlib

from tickql.producer.errors import UnreadableMessage
from tickql.producer.streams.json_texts import MAX_CHARACTERS

_GZIP_MAGIC = b"\x1f\x8b"
# The first byte of zlib (RFC 1950) names the method, deflate, and the window: 0x78 in practice.
_ZLIB_FIRST = b"x"
# The bits of zlib's `wbits` argument.
_GZIP, _ZLIB, _RAW = 31, 15, -15
# What a server that flushes, but does not end its data, leaves at the end (RFC 7692 explains the marker).
_FLUSHED = b"\x00\x00\xff\xff"
_JSON_STARTS = (b"{", b"[")
_SHOWN_BYTES = 40
_MAX_MEMBERS = 1000
"""The members of one message that are unpacked: each costs some microseconds, also an empty one."""
_PIECE_BYTES = 65_536


def unpack(data: bytes) -> str | bytes:
    """Return the text in a message of bytes, unpacked; bytes that are not text in UTF-8 are returned as bytes.

    Raises:
        UnreadableMessage: the message is too long when unpacked, is cut off, or has other bytes behind.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        pass
    else:
        # zlib data begins like a text with "x". It is hardly ever UTF-8, but then it is short.
        return text if not data.startswith(_ZLIB_FIRST) else _text(_inflate(data, _ZLIB) or data)
    if data.startswith(_GZIP_MAGIC):
        return _text(_inflate(data, _GZIP) or data)
    if data.startswith(_ZLIB_FIRST) and (unzipped := _inflate(data, _ZLIB)) is not None:
        return _text(unzipped)
    return data


def inflate_raw(data: bytes) -> str | None:
    """Return the JSON text in raw deflate data; `None`: the data is something else.

    Raw deflate has no mark of its own. Data is taken for it only if it unpacks from its first to its last byte, to a
    text that begins like JSON.

    Raises:
        UnreadableMessage: see `unpack`.
    """
    unzipped = _inflate(data, _RAW)
    if unzipped is None or not unzipped.lstrip().startswith(_JSON_STARTS):
        return None
    text = _text(unzipped)
    return text if isinstance(text, str) else None


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _inflate(data: bytes, wbits: int) -> bytes | None:
    """Return unpacked data; `None`: the data has another format."""
    unzipped, start, members = bytearray(), 0, 0
    # gzip data may have several members, one after another (RFC 1952, section 2.2).
    while start < len(data):
        members += 1
        if members > _MAX_MEMBERS:
            raise _broken(data, f"has more than {_MAX_MEMBERS:,} zipped members")
        try:
            end = _read_member(data, start, wbits, unzipped)
        except zlib.error:
            # Data that begins in the right way, but is followed by something else, is broken.
            if start == 0 or wbits == _RAW:
                return None
            raise _broken(data, "has other bytes behind the zipped ones") from None
        if len(unzipped) > MAX_CHARACTERS:
            raise _broken(data, f"is longer than {MAX_CHARACTERS:,} bytes when unzipped")
        if end is None and not data.endswith(_FLUSHED, start):
            if wbits == _RAW:
                return None
            raise _broken(data, "is zipped, and is cut off")
        start = len(data) if end is None else end
    return bytes(unzipped)


def _read_member(data: bytes, start: int, wbits: int, unzipped: bytearray) -> int | None:
    """Append what the member at `start` unpacks to. Return where it ends; `None`: it has no end, or is too long.

    Raises:
        zlib.error: the data has another format.
    """
    inflater = zlib.decompressobj(wbits=wbits)
    # In pieces: zlib copies what it is given behind the end of a member.
    for begin in range(start, len(data), _PIECE_BYTES):
        piece = data[begin : begin + _PIECE_BYTES]
        # The output is limited: a small message can unpack to gigabytes. The member after the limit is refused.
        unzipped += inflater.decompress(piece, MAX_CHARACTERS + 1 - len(unzipped))
        if inflater.eof:
            return begin + len(piece) - len(inflater.unused_data)
        if len(unzipped) > MAX_CHARACTERS:
            return None
    return None


def _broken(data: bytes, why: str) -> UnreadableMessage:
    return UnreadableMessage(repr(data[:_SHOWN_BYTES]), why)
