"""One response that is read while it arrives: parses its text and queues its messages."""

from collections.abc import Iterable

from tickql.producer.clock import now_us
from tickql.producer.errors import excerpt
from tickql.producer.feedfile.stream_rules import StreamKind
from tickql.producer.streams.event_queue import EventQueue
from tickql.producer.streams.events import ConnectionClosed, ConnectionOpened, MessageReceived, serial_numbers
from tickql.producer.streams.line_parsers import NdjsonParser, ServerSentEvent, SseParser
from tickql.producer.streams.reader import StreamReader

EVENT_STREAM = "text/event-stream"
"""The media type of server-sent events."""
EVENT_SOURCE = "EventSource"
"""The type of a request that an `EventSource` object of the page sends."""


def wrong_type_reason(media_type: str) -> str:
    """Return, for people, why a rule cannot read a response of this media type."""
    if media_type == EVENT_STREAM:
        return 'the response is an event stream: read it with from = "sse"'
    return f"the response is {excerpt(media_type, 60) or 'without a type'}, not an event stream"


class StreamingResponse:
    """A response with the rules that read it.

    Chromium delivers chunks from the moment `Network.streamResourceContent` is processed, and the data before that
    moment in the answer to the call. Chunks may overtake that answer: they wait in `_waiting` until `start`.
    """

    def __init__(self, readers: tuple[StreamReader, ...], url: str, kind: str, queue: EventQueue) -> None:
        self.readers = readers
        self.is_event_source = kind == EVENT_SOURCE
        self._url = url
        self._queue = queue
        self._connection = next(serial_numbers)
        self._parser: SseParser | NdjsonParser = SseParser()
        self._waiting: list[tuple[bytes, int]] | None = None
        """Chunks with their times of arrival; `None`: chunks are parsed at once."""
        self._unseen_us: int | None = None
        """When the newest chunk without data arrived."""
        self._end: tuple[str | None, bool] | None = None
        """The arguments of an `end` that came before `start`."""

    def open(self, media_type: str) -> None:
        """Open the connection: the head of the response is here. Readers that cannot read its type are dropped."""
        if not self.is_event_source:
            kind = StreamKind.SSE if media_type == EVENT_STREAM else StreamKind.NDJSON
            others = [reader for reader in self.readers if reader.rule.kind is not kind]
            self.readers = tuple(reader for reader in self.readers if reader not in others)
            for reader in others:
                self._queue.put(ConnectionClosed(reader, self._connection, wrong_type_reason(media_type)))
            self._parser = SseParser() if kind is StreamKind.SSE else NdjsonParser()
            self._waiting = []
        for reader in self.readers:
            self._queue.put(ConnectionOpened(reader, self._connection, self._url))

    def add_events(self, events: Iterable[ServerSentEvent], us: int) -> None:
        """Queue events for the readers whose rule asks for their name."""
        for event in events:
            for reader in self.readers:
                if reader.rule.event in (None, event.name):
                    self._queue.put(MessageReceived(reader, self._connection, event.data, us))

    def add_chunk(self, chunk: bytes | None, us: int) -> None:
        """Parse a chunk, or keep it until `start`. `None`: a chunk whose data the answer to the call will hold."""
        if chunk is None:
            self._unseen_us = us
        elif self._waiting is not None:
            self._waiting.append((chunk, us))
        else:
            self.add_events(self._parser.feed(chunk), us)

    def start(self, earlier: bytes) -> None:
        """Parse the data before the first chunk, then the waiting chunks, then a waiting end."""
        self.add_events(self._parser.feed(earlier), self._unseen_us or now_us())
        waiting, self._waiting = self._waiting or [], None
        for chunk, us in waiting:
            self.add_chunk(chunk, us)
        if self._end is not None:
            self.end(*self._end)

    def end(self, failure: str | None, is_complete: bool) -> None:
        """End the response, after `start` at the earliest. `is_complete`: the response was not cut off."""
        if self._waiting is not None:
            self._end = failure, is_complete
            return
        if is_complete:
            self.add_events(self._parser.finish(), now_us())
        self.close(failure)

    def close(self, failure: str | None) -> None:
        """Report the connection as closed at once, whatever still waits."""
        for reader in self.readers:
            self._queue.put(ConnectionClosed(reader, self._connection, failure))
