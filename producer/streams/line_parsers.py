"""Incremental parsers of streamed text: lines, server-sent events, and NDJSON records. No I/O."""

import codecs
import re
from typing import NamedTuple

from tickql.producer.streams.json_texts import MAX_CHARACTERS

LINE_END = re.compile(r"\r\n|\r|\n")
"""The ends of lines. `str.splitlines` has more of them, such as U+2028 and U+0085, which a JSON text may contain."""

# `MessageDecoder` refuses a longer message. One character above its limit is kept, so that the refusal still happens.
_MAX_LINE_CHARACTERS = MAX_CHARACTERS + 1


class ServerSentEvent(NamedTuple):
    """One message of a stream."""

    name: str
    """The event's name; empty: the stream has no names."""
    data: str


class LineSplitter:
    """A splitter of UTF-8 chunks into lines, which may end with CRLF, CR or LF.

    A chunk may end anywhere, even inside a character. A byte order mark at the very beginning is dropped.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        # Pieces, joined at the end of their line: to join them at each chunk would copy a long line again and again.
        self._unfinished: list[str] = []
        self._size = 0
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[str]:
        """Return the lines that end in this chunk."""
        text = self._decoder.decode(chunk)
        if not text:
            return []
        # A CR ends its line at once. The LF of a CRLF may come with the next chunk, or never.
        if self._after_cr:
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r")
        *lines, rest = LINE_END.split(text)
        if lines:
            lines[0] = self._take() + lines[0]
        kept = rest[: _MAX_LINE_CHARACTERS - self._size]
        if kept:
            self._unfinished.append(kept)
            self._size += len(kept)
        return lines

    def finish(self) -> str:
        """Return the text after the last line end."""
        return self._take() + self._decoder.decode(b"", final=True)

    def _take(self) -> str:
        text = "".join(self._unfinished)
        self._unfinished, self._size = [], 0
        return text


class SseParser:
    """Parses `text/event-stream`: https://html.spec.whatwg.org/multipage/server-sent-events.html, section 9.2.6."""

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self._name = ""
        self._data: list[str] = []
        self._characters = 0

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Return the events that end in this chunk."""
        events = []
        for line in self._lines.feed(chunk):
            if line:
                self._read_field(line)
                continue
            if self._data:
                events.append(ServerSentEvent(self._name or "message", "\n".join(self._data)))
            self._name, self._data, self._characters = "", [], 0
        return events

    def finish(self) -> list[ServerSentEvent]:
        """Return no event: the standard discards an event that the end of the stream cuts off."""
        return []

    def _read_field(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data" and self._characters < _MAX_LINE_CHARACTERS:
            self._data.append(value)
            self._characters += len(value) + 1


class NdjsonParser:
    """A parser of NDJSON, also known as JSON Lines: one record per line. Blank lines are skipped."""

    def __init__(self) -> None:
        self._lines = LineSplitter()

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Return the records that end in this chunk."""
        return [ServerSentEvent("", line) for line in self._lines.feed(chunk) if line and not line.isspace()]

    def finish(self) -> list[ServerSentEvent]:
        """Return the last record, if no line end follows it."""
        line = self._lines.finish()
        return [ServerSentEvent("", line)] if line and not line.isspace() else []
