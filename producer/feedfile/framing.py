"""The `framing` and `prefix` keys of a `[[stream]]` rule: how a message wraps its documents. No I/O."""

import re
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property

from tickql.producer.errors import excerpt

_LENGTH = "{length}"
_NUMBER = "{number}"
# A head without a limit would let a message name a length of millions of digits.
_LENGTH_DIGITS = "([0-9]{1,8})"
# Possessive: a number that was read is not read in other ways again.
_DIGITS = "[0-9]++"


class NamedFraming(StrEnum):
    """The framings that have a name. A rule without a framing reads what is unambiguous: see docs/feed-file.md."""

    JSON = "json"
    """JSON texts only; anything else in the stream is ignored."""
    LINES = "lines"
    """Each line is a message."""
    MESSAGEPACK = "messagepack"
    ENGINE_IO = "engine.io"
    SOCKET_IO = "socket.io"
    SIGNALR = "signalr"
    STOMP = "stomp"
    SOCKJS = "sockjs"
    PHOENIX = "phoenix"
    PUSHER = "pusher"


_WITH_PREFIX = (None, NamedFraming.JSON, NamedFraming.LINES)


class Framing:
    """How a message wraps its documents: by name, by the pattern of a length head, or not at all."""

    def __init__(self, text: str | None = None, prefix: str | None = None) -> None:
        """Check and compile the two keys. `None`: the key is not given.

        Raises:
            ValueError: the keys are wrong, or do not go together. The message is one line.
        """
        self.length_head: re.Pattern[str] | None = None
        """The head before each part, whose group is the part's length in characters; `None`: there is no such head."""
        self.name: NamedFraming | None = None
        if text is not None and _LENGTH in text:
            self.length_head = _length_head(text)
        elif text is not None:
            self.name = _named(text)
        if prefix is not None and self.name not in _WITH_PREFIX:
            raise ValueError(f"framing = {str(self.name)!r} reads all heads of its messages: leave out prefix")
        if prefix is not None and _has_two_numbers_in_a_row(prefix):
            raise ValueError(f"prefix {excerpt(prefix, 40)!r} has two numbers in a row: write {_NUMBER} once for both")
        self.prefix_text = prefix

    @cached_property
    def prefix(self) -> re.Pattern[str] | None:
        """The text before the JSON of each part; `None`: there is none."""
        if self.prefix_text is None:
            return None
        return re.compile(_DIGITS.join(map(re.escape, self.prefix_text.split(_NUMBER))))


def _has_two_numbers_in_a_row(prefix: str) -> bool:
    _, *behind = prefix.split(_NUMBER)
    return "" in behind[:-1] or any(part[:1].isdigit() for part in behind)


def _named(text: str) -> NamedFraming:
    try:
        return NamedFraming(text)
    except ValueError:
        near = get_close_matches(text, NamedFraming, n=1)
        advice = f", did you mean {str(near[0])!r}?" if near else ":"
        raise ValueError(
            f"{excerpt(text, 40)!r} is no framing{advice} There are {', '.join(NamedFraming)}, "
            'and length heads such as "~m~{length}~m~"'
        ) from None


def _length_head(text: str) -> re.Pattern[str]:
    before, _, after = text.partition(_LENGTH)
    if _LENGTH in after or not after or after[0].isdigit():
        raise ValueError(f'{excerpt(text, 40)!r} is no length head such as "~m~{{length}}~m~" or "{{length}}:"')
    return re.compile(re.escape(before) + _LENGTH_DIGITS + re.escape(after))
