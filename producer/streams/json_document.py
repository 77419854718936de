"""From what came over the wire to a JSON document, numbers digit by digit. No I/O."""

import json
import zlib
from typing import Any, NoReturn

from tickql.producer.errors import UnreadableMessage
from tickql.producer.feedfile.json_number import JsonNumber

MAX_CHARACTERS = 4_000_000
"""A longer message is not read: to take it apart would hold up all others."""
_GZIP = b"\x1f\x8b"


def read_document(data: str | bytes, prefix: str = "") -> Any:
    """The JSON document of a message: text, or bytes that are UTF-8, gzipped or not. `prefix` stands before it.

    Raises:
        UnreadableMessage: anything else.
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
        foreign = not body.startswith(("{", "["))
        raise UnreadableMessage(text, f"is not JSON: {_fault(error)}", foreign=foreign) from error


def _text(data: bytes) -> str:
    try:
        if data.startswith(_GZIP):
            unzip = zlib.decompressobj(wbits=31)
            data = unzip.decompress(data, MAX_CHARACTERS)
            if not unzip.eof:
                raise UnreadableMessage("", f"is more than {MAX_CHARACTERS:,} bytes, or cut off, when unzipped")
        return data.decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise UnreadableMessage(repr(data[:40]), f"is {len(data):,} bytes that are no text", foreign=True) from error


def _fault(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:]} at character {error.pos + 1}"
    return "nested too deeply" if isinstance(error, RecursionError) else "a number that is none"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_DECODER = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_refuse)
