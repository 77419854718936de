"""Messages of parts, each behind a head with its length: `~m~17~m~` or `17:`. No I/O."""

import re
from collections.abc import Iterator

from tickql.producer.streams.json_texts import UnreadPart, unread

# The first character that JavaScript counts as two.
_FIRST_ASTRAL = "\U00010000"


def split_by_length(text: str, head: re.Pattern[str]) -> Iterator[str | UnreadPart]:
    """Yield the parts of a message. The group of `head` is a part's length in characters, as JavaScript counts them."""
    start = 0
    while start < len(text):
        found = head.match(text, start)
        if found is None:
            # A message without any head is of another kind; behind a part, something is lost.
            yield unread(text[start:], "does not begin with the length head", foreign=start == 0)
            return
        end = _end(text, found.end(), int(found[1]))
        if end is None:
            yield unread(text[start:], "is cut off: it is shorter than its length head says")
            return
        yield text[found.end() : end]
        start = end


def _end(text: str, start: int, length: int) -> int | None:
    """Return where a part of this length ends; `None`: the text is too short."""
    if max(text[start : start + length], default="") < _FIRST_ASTRAL:
        end = start + length
        return end if end <= len(text) else None
    for end in range(start, len(text)):
        if length <= 0:
            return end if length == 0 else None
        length -= 1 if text[end] < _FIRST_ASTRAL else 2
    return len(text) if length == 0 else None
