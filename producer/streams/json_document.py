"""Decoding of a received message to a JSON document whose numbers keep every digit. No I/O."""

import json
import zlib
from typing import Any, NoReturn

from tickql.producer.errors import UnreadableMessage
from tickql.producer.feedfile.json_number import JsonNumber

MAX_CHARACTERS = 4_000_000
"""The longest message that is parsed: to parse a longer one would delay all other messages."""
_GZIP_MAGIC = b"\x1f\x8b"


def read_document(data: str | bytes, prefix: str = "") -> Any:
    """Return the JSON document of a message: text, or UTF-8 bytes, gzipped or not.

    `prefix` is the text before the JSON, such as `42` of Socket.IO. Numbers become `JsonNumber`.

    Raises:
        UnreadableMessage: the message is none of these, is too long, or does not begin with `prefix`.
    """
    text = data if isinstance(data, str) else _text(data)
    if len(text) > MAX_CHARACTERS:
        raise UnreadableMessage(text, f"has more than {MAX_CHARACTERS:,} characters")
    if not text.startswith(prefix):
        raise UnreadableMessage(text, f"does not begin with {prefix!r}", foreign=True)
    body = text[len(prefix) :].strip()
    try:
        return _DECODER.decode(body)
    except (ValueError, ArithmeticError, RecursionError) as error:
        # Text such as "ping" was never meant as JSON. It is counted, but it is no fault.
        foreign = not body.startswith(("{", "["))
        raise UnreadableMessage(text, f"is not JSON: {_describe(error)}", foreign=foreign) from error


def _text(data: bytes) -> str:
    try:
        if data.startswith(_GZIP_MAGIC):
            # The output is limited: a small gzip message can unpack to gigabytes.
            unzip = zlib.decompressobj(wbits=31)
            data = unzip.decompress(data, MAX_CHARACTERS)
            if not unzip.eof:
                raise UnreadableMessage("", f"is longer than {MAX_CHARACTERS:,} bytes when unzipped, or is cut off")
        return data.decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise UnreadableMessage(repr(data[:40]), f"is {len(data):,} bytes that are not text", foreign=True) from error


def _describe(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:]} at character {error.pos + 1}"
    return "nested too deeply" if isinstance(error, RecursionError) else "invalid number"


def _refuse_constant(constant: str) -> NoReturn:
    """Refuse `NaN` and `Infinity`, which Python's parser accepts and JSON does not have (RFC 8259, section 6)."""
    raise ValueError(constant)


_DECODER = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_refuse_constant)
