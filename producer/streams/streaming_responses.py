"""Responses that go on and on, read while they come: server-sent events, and NDJSON.

An `EventSource` is taken apart by the browser. What a page reads with `fetch` or `XMLHttpRequest` is taken apart here:
when asked, the browser gives what has come already, and from then on each piece as it comes, unpacked if compressed.
"""

import asyncio
import base64
from collections.abc import Iterable, Sequence

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tickql.producer.clock import now_us
from tickql.producer.feedfile.stream_rules import StreamKind
from tickql.producer.streams.cdp_session import CALL_MS, CdpSession, body_bytes
from tickql.producer.streams.event_queue import EventQueue
from tickql.producer.streams.events import ConnectionClosed, ConnectionOpened, MessageReceived, numbers
from tickql.producer.streams.line_parsers import NdjsonParser, ServerSentEvent, SseParser
from tickql.producer.streams.reader import StreamReader

EVENT_STREAM = "text/event-stream"
EVENT_SOURCE = "EventSource"


def what_else(media_type: str) -> str:
    """What a response is that is not what a rule reads."""
    if media_type == EVENT_STREAM:
        return 'it is an event stream: read it with from = "sse"'
    return f"it is no event stream but {media_type[:60] or 'of no type'}"


class StreamingResponse:
    """One such response. Pieces wait until it is known what came before them."""

    def __init__(self, readers: tuple[StreamReader, ...], url: str, kind: str, inbox: EventQueue) -> None:
        self.readers = readers
        self.is_source = kind == EVENT_SOURCE
        self._url = url
        self._inbox = inbox
        self._connection = next(numbers)
        self._text: SseParser | NdjsonParser = SseParser()
        self._waiting: list[tuple[bytes, int]] | None = None
        self._unheard_us: int | None = None
        self._ending: tuple[str | None, bool] | None = None

    def open(self, media_type: str) -> None:
        """Its head has come. Of the readers those stay that read what it is."""
        if not self.is_source:
            kind = StreamKind.SSE if media_type == EVENT_STREAM else StreamKind.NDJSON
            others = [reader for reader in self.readers if reader.rule.kind is not kind]
            self.readers = tuple(reader for reader in self.readers if reader not in others)
            for reader in others:
                self._inbox.put(ConnectionClosed(reader, self._connection, what_else(media_type)))
            self._text = SseParser() if kind is StreamKind.SSE else NdjsonParser()
            self._waiting = []
        for reader in self.readers:
            self._inbox.put(ConnectionOpened(reader, self._connection, self._url))

    def tell(self, events: Iterable[ServerSentEvent], us: int) -> None:
        """Pass events on to those who asked for them."""
        for event in events:
            for reader in self.readers:
                if reader.rule.event in (None, event.name):
                    self._inbox.put(MessageReceived(reader, self._connection, event.data, us))

    def take(self, piece: bytes | None, us: int) -> None:
        """A piece has come; `None`: one that is still to be asked for."""
        if piece is None:
            self._unheard_us = us
        elif self._waiting is not None:
            self._waiting.append((piece, us))
        else:
            self.tell(self._text.feed(piece), us)

    def begin(self, before: bytes) -> None:
        """What came before the pieces that wait."""
        self.tell(self._text.feed(before), self._unheard_us or now_us())
        waiting, self._waiting = self._waiting or [], None
        for piece, us in waiting:
            self.take(piece, us)
        if self._ending is not None:
            self.end(*self._ending)

    def end(self, failure: str | None, is_whole: bool) -> None:
        """Nothing more will come. `is_whole`: it has not been broken off."""
        if self._waiting is not None:
            self._ending = failure, is_whole
            return
        if is_whole:
            self.tell(self._text.end(), now_us())
        self.close(failure)

    def close(self, failure: str | None) -> None:
        """It is over, whatever waits."""
        for reader in self.readers:
            self._inbox.put(ConnectionClosed(reader, self._connection, failure))


class StreamingResponses:
    """All of one session."""

    def __init__(self, session: CdpSession, readers: Sequence[StreamReader], inbox: EventQueue) -> None:
        self._session = session
        self._readers = readers
        self._inbox = inbox
        self._flows: dict[str, StreamingResponse] = {}
        self._beginning: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Ask for nothing more."""
        for task in self._beginning:
            task.cancel()

    def restart(self) -> None:
        """The page is another document now."""
        self.close()
        self._flows.clear()

    def leave(self) -> None:
        """The session is gone, with all that it had."""
        for flow in self._flows.values():
            flow.close(None)

    def ask(self, request: str, kind: str, url: str) -> None:
        """The page asks for something; what is known already is the same."""
        kinds = (StreamKind.SSE,) if kind == EVENT_SOURCE else (StreamKind.SSE, StreamKind.NDJSON)
        readers = tuple(reader for reader in self._readers if reader.rule.kind in kinds and reader.rule.hears(url))
        if readers and request not in self._flows:
            self._flows[request] = StreamingResponse(readers, url, kind, self._inbox)

    def drop(self, request: str) -> None:
        """It is another one now."""
        self._flows.pop(request, None)

    def answer(self, request: str, media_type: str) -> None:
        """The head of a response has come."""
        flow = self._flows.get(request)
        if flow is None:
            return
        flow.open(media_type)
        if not flow.readers:
            del self._flows[request]
        elif not flow.is_source:
            beginning = asyncio.create_task(self._begin(request, flow))
            self._beginning.add(beginning)
            beginning.add_done_callback(self._beginning.discard)

    def tell(self, request: str, event: ServerSentEvent, us: int) -> None:
        """An `EventSource` has an event."""
        flow = self._flows.get(request)
        if flow is not None:
            flow.tell([event], us)

    def take(self, request: str, piece: bytes | None, us: int) -> None:
        """A piece of a response has come; `None`: one that nobody had asked for yet."""
        flow = self._flows.get(request)
        if flow is not None:
            flow.take(piece, us)

    def end(self, request: str, failure: str | None, *, is_whole: bool = False) -> None:
        """A response is over. `failure`: why, if that is worth a word; `is_whole`: it has not been broken off."""
        flow = self._flows.pop(request, None)
        if flow is not None:
            flow.end(failure, is_whole)

    async def _begin(self, request: str, flow: StreamingResponse) -> None:
        of = {"requestId": request}
        try:
            try:
                answer = await self._session.send("Network.streamResourceContent", of, timeout=CALL_MS)
                before = base64.b64decode(answer["bufferedData"])
            except PlaywrightTimeout:
                raise
            except PlaywrightError:
                # It is over already.
                before = body_bytes(await self._session.send("Network.getResponseBody", of, timeout=CALL_MS))
        except PlaywrightError:
            flow.close("its beginning is not to be had")
            self._flows.pop(request, None)
            return
        flow.begin(before)
