"""Text that comes in pieces: its lines, and of those the events of an event stream or the records of NDJSON. No I/O."""

import codecs
import re
from typing import NamedTuple

from tickql.producer.streams.json_document import MAX_CHARACTERS

_END = re.compile(r"\r\n|\r|\n")
# What is longer is refused by whoever reads it: no more of it is kept than that takes.
_KEPT_CHARACTERS = MAX_CHARACTERS + 1


class ServerSentEvent(NamedTuple):
    """A message, and the name under which it came; empty: none."""

    name: str
    data: str


class LineSplitter:
    """Splits UTF-8 at CRLF, CR and LF, however it is cut into pieces. A byte order mark before all of it is dropped."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._begun = ""
        self._after_cr = False

    def feed(self, piece: bytes) -> list[str]:
        """The lines that end in this piece."""
        text = self._decoder.decode(piece)
        if not text:
            return []
        # A CR ends its line at once: the LF after it may come with the next piece, if at all.
        if self._after_cr:
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r")
        *lines, rest = _END.split(text)
        if not lines:
            self._begun = (self._begun + rest)[:_KEPT_CHARACTERS]
            return []
        lines[0] = self._begun + lines[0]
        self._begun = rest[:_KEPT_CHARACTERS]
        return lines

    def end(self) -> str:
        """What stands after the last line's end."""
        return self._begun + self._decoder.decode(b"", final=True)


class SseParser:
    """Server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html has them."""

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self._name = ""
        self._data: list[str] = []
        self._characters = 0

    def feed(self, piece: bytes) -> list[ServerSentEvent]:
        """The events that end in this piece."""
        events = []
        for line in self._lines.feed(piece):
            if line:
                self._take(line)
                continue
            if self._data:
                events.append(ServerSentEvent(self._name or "message", "\n".join(self._data)))
            self._name, self._data, self._characters = "", [], 0
        return events

    def end(self) -> list[ServerSentEvent]:
        """None: an event that the stream breaks off in is none."""
        return []

    def _take(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data" and self._characters < _KEPT_CHARACTERS:
            self._data.append(value)
            self._characters += len(value) + 1


class NdjsonParser:
    """NDJSON, also known as JSON Lines: a record a line."""

    def __init__(self) -> None:
        self._lines = LineSplitter()

    def feed(self, piece: bytes) -> list[ServerSentEvent]:
        """The records that end in this piece."""
        return [ServerSentEvent("", line) for line in self._lines.feed(piece) if line and not line.isspace()]

    def end(self) -> list[ServerSentEvent]:
        """The last record, if no end of line follows it."""
        line = self._lines.end()
        return [ServerSentEvent("", line)] if line and not line.isspace() else []
