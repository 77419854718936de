"""Responses of one session that are read while they arrive: server-sent events, and NDJSON.

The browser itself parses the events of an `EventSource`. What a page reads with `fetch` or `XMLHttpRequest` is parsed
here: on request, Chromium returns the data so far, and then sends each further chunk, decompressed.
"""

import asyncio
import base64
from collections.abc import Sequence

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tickql.producer.feedfile.stream_rules import StreamKind
from tickql.producer.streams.cdp_session import CALL_MS, CdpSession, body_bytes
from tickql.producer.streams.event_queue import EventQueue
from tickql.producer.streams.line_parsers import ServerSentEvent
from tickql.producer.streams.reader import StreamReader
from tickql.producer.streams.streaming_response import EVENT_SOURCE, StreamingResponse


class StreamingResponses:
    """All such responses of one session, by request id."""

    def __init__(self, session: CdpSession, readers: Sequence[StreamReader], queue: EventQueue) -> None:
        self._session = session
        self._readers = readers
        self._queue = queue
        self._responses: dict[str, StreamingResponse] = {}
        self._starting: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Request no more content."""
        for task in self._starting:
            task.cancel()

    def reset(self) -> None:
        """Forget all responses: the page has loaded another document."""
        self.close()
        self._responses.clear()

    def handle_detach(self) -> None:
        """Report all responses as closed: the session has ended."""
        for response in self._responses.values():
            response.close(None)

    def request_sent(self, request: str, kind: str, url: str) -> None:
        """Register a request, unless it is known already. `kind`: `EventSource`, `Fetch` or `XHR`."""
        kinds = (StreamKind.SSE,) if kind == EVENT_SOURCE else (StreamKind.SSE, StreamKind.NDJSON)
        readers = tuple(
            reader for reader in self._readers if reader.rule.kind in kinds and reader.rule.matches_url(url)
        )
        if readers and request not in self._responses:
            self._responses[request] = StreamingResponse(readers, url, kind, self._queue)

    def forget(self, request: str) -> None:
        """Forget a request: it was redirected."""
        self._responses.pop(request, None)

    def head_received(self, request: str, media_type: str) -> None:
        """Open a response: its head is here."""
        response = self._responses.get(request)
        if response is None:
            return
        response.open(media_type)
        if not response.readers:
            del self._responses[request]
        elif not response.is_event_source:
            starting = asyncio.create_task(self._start(request, response))
            self._starting.add(starting)
            starting.add_done_callback(self._starting.discard)

    def event_received(self, request: str, event: ServerSentEvent, us: int) -> None:
        """Add an event that the browser has parsed for an `EventSource`."""
        response = self._responses.get(request)
        if response is not None:
            response.add_events([event], us)

    def data_received(self, request: str, chunk: bytes | None, us: int) -> None:
        """Add a chunk of a response; `None`: its data was not requested yet."""
        response = self._responses.get(request)
        if response is not None:
            response.add_chunk(chunk, us)

    def request_ended(self, request: str, failure: str | None, *, is_complete: bool = False) -> None:
        """End a response.

        `failure`: the reason, for people; `None`: the ordinary end. `is_complete`: the response was not cut off.
        """
        response = self._responses.pop(request, None)
        if response is not None:
            response.end(failure, is_complete)

    async def _start(self, request: str, response: StreamingResponse) -> None:
        params = {"requestId": request}
        try:
            try:
                answer = await self._session.send("Network.streamResourceContent", params, timeout=CALL_MS)
                earlier = base64.b64decode(answer["bufferedData"])
            except PlaywrightTimeout:
                raise
            except PlaywrightError:
                # The response ended before the call: Chromium refuses to stream it, but still has its body.
                earlier = body_bytes(await self._session.send("Network.getResponseBody", params, timeout=CALL_MS))
        except PlaywrightError:
            response.close("the browser did not return the beginning of the response")
            self._responses.pop(request, None)
            return
        response.start(earlier)
