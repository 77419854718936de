"""A font for tests whose digits look like other digits: a font of the system with another character map."""

import struct
from pathlib import Path

_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts", Path("/Library/Fonts"))
_NAMES = ("LiberationSans-Regular.ttf", "DejaVuSans.ttf", "Arial.ttf", "NotoSans-Regular.ttf", "FreeSans.ttf")


def system_font() -> bytes | None:
    """Return a common font of the system; `None`: there is none."""
    for folder in _FOLDERS:
        for name in _NAMES:
            for path in folder.rglob(name):
                return path.read_bytes()
    return None


def scrambled(font: bytes, digits: str) -> bytes:
    """Return a TrueType font whose `0` is drawn as the first of ten digits, and so on.

    Its character map is replaced by one that has nothing but digits and the full stop.
    """
    count = _number(font, 4)
    tables = [struct.unpack_from(">4sIII", font, 12 + 16 * number) for number in range(count)]
    at = next(12 + 16 * number for number, table in enumerate(tables) if table[0] == b"cmap")
    glyphs = _glyphs(font, struct.unpack_from(">I", font, at + 8)[0])
    shown = {ord("."): glyphs[ord(".")]} | {ord("0") + place: glyphs[ord(digit)] for place, digit in enumerate(digits)}
    cmap = _cmap(shown)
    patched = bytearray(font + b"\0" * (-len(font) % 4))
    struct.pack_into(">4sIII", patched, at, b"cmap", 0, len(patched), len(cmap))
    return bytes(patched) + cmap


def _cmap(glyphs: dict[int, int]) -> bytes:
    """A character map in format 12: one group for each character."""
    groups = b"".join(struct.pack(">III", code, code, glyph) for code, glyph in sorted(glyphs.items()))
    table = struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(glyphs)) + groups
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + table


def _glyphs(font: bytes, cmap: int) -> dict[int, int]:
    """The glyphs of ASCII characters, from a character map in format 4."""
    for number in range(_number(font, cmap + 2)):
        table = cmap + struct.unpack_from(">HHI", font, cmap + 4 + 8 * number)[2]
        if _number(font, table) == 4:
            return {code: _glyph(font, table, code) for code in range(32, 127)}
    raise ValueError("the font has no character map in format 4")


def _glyph(font: bytes, table: int, code: int) -> int:
    segments = _number(font, table + 6) // 2
    ends, starts = table + 14, table + 16 + 2 * segments
    for number in range(segments):
        if _number(font, ends + 2 * number) < code:
            continue
        start = _number(font, starts + 2 * number)
        delta = _number(font, starts + 2 * (segments + number))
        place = starts + 2 * (2 * segments + number)
        offset = _number(font, place)
        if start > code:
            return 0
        if not offset:
            return (code + delta) % 65536
        glyph = _number(font, place + offset + 2 * (code - start))
        return (glyph + delta) % 65536 if glyph else 0
    return 0


def _number(font: bytes, place: int) -> int:
    return int.from_bytes(font[place : place + 2], "big")
