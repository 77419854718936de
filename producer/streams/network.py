"""The server-sent events and JSON responses of a page, over the browser's debugging protocol.

Heard are those of the page and of its frames on the same site; not those of workers and of frames of other sites. The
protocol tells of every request of the page, so it is switched on only where a rule asks for it.
"""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any, NamedTuple

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from producer.streams.browserclock import BrowserClock
from producer.streams.handler import Handler
from producer.streams.inbox import Inbox
from producer.streams.items import Closed, Opened, Received, numbers
from producer.streams.reader import StreamReader
from producer.streams.rule import StreamKind

_CALL_MS = 5_000
_MAX_BODIES = 100
_MAX_ADDRESSES = 5_000
_BUFFERS = {"maxTotalBufferSize": 40_000_000, "maxResourceBufferSize": 10_000_000}
_KINDS = {"EventSource": StreamKind.SSE, "Fetch": StreamKind.JSON, "XHR": StreamKind.JSON}


class Transfer(NamedTuple):
    """A request that rules are about."""

    kind: StreamKind
    readers: tuple[StreamReader, ...]
    connection: int
    url: str


class Network:
    """Hears the requests of the addresses that rules name. `close` ends that."""

    def __init__(self, session: CDPSession, readers: Sequence[StreamReader], inbox: Inbox) -> None:
        self._session = session
        self._readers = readers
        self._inbox = inbox
        self._clock = BrowserClock()
        self._transfers: dict[str, Transfer] = {}
        # Each address of responses is one connection: the next response replaces the one before.
        self._addresses: dict[str, Transfer] = {}
        self._finished: asyncio.Queue[tuple[str, Transfer, int]] = asyncio.Queue(_MAX_BODIES)
        self._fetching: asyncio.Task[None] | None = None
        self._handlers = {
            "Network.requestWillBeSent": Handler(self._on_request),
            "Network.responseReceived": Handler(self._on_response),
            "Network.eventSourceMessageReceived": Handler(self._on_event),
            "Network.loadingFinished": Handler(self._on_finished),
            "Network.loadingFailed": Handler(self._on_failed),
        }

    async def open(self) -> None:
        """Listen from now on.

        Raises:
            playwright.async_api.Error: the page does not answer.
        """
        if not self._readers:
            return
        for event, handler in self._handlers.items():
            self._session.on(event, handler)
        await self._session.send("Network.enable", dict(_BUFFERS), timeout=_CALL_MS)
        self._fetching = asyncio.create_task(self._fetch_for_ever())

    def close(self) -> None:
        """Listen no more."""
        if self._fetching is None:
            return
        self._fetching.cancel()
        for event, handler in self._handlers.items():
            self._session.remove_listener(event, handler)

    def restart(self) -> None:
        """The page is another document now."""
        self._transfers.clear()
        self._addresses.clear()

    def _on_request(self, event: dict[str, Any]) -> None:
        self._clock.note(event["timestamp"], event["wallTime"])
        kind, url = _KINDS.get(event.get("type", "")), event["request"]["url"]
        readers = tuple(reader for reader in self._readers if reader.rule.kind is kind and reader.rule.hears(url))
        # It may be a redirection, of a request that was known.
        self._transfers.pop(event["requestId"], None)
        if kind is not None and readers:
            known = self._addresses.get(url) if kind is StreamKind.JSON else None
            self._transfers[event["requestId"]] = known or Transfer(kind, readers, next(numbers), url)

    def _on_response(self, event: dict[str, Any]) -> None:
        transfer = self._transfers.get(event["requestId"])
        if transfer is None:
            return
        status = event["response"]["status"]
        if status >= 400:
            self._end(event, f"HTTP {status} {event['response'].get('statusText', '')}".rstrip())
        elif transfer.kind is StreamKind.SSE:
            for reader in transfer.readers:
                self._inbox.put(Opened(reader, transfer.connection, transfer.url))

    def _on_event(self, event: dict[str, Any]) -> None:
        transfer = self._transfers.get(event["requestId"])
        if transfer is None:
            return
        us = self._clock.unix_us(event["timestamp"])
        for reader in transfer.readers:
            if reader.rule.event in (None, event["eventName"]):
                self._inbox.put(Received(reader, transfer.connection, event["data"], us))

    def _on_finished(self, event: dict[str, Any]) -> None:
        transfer = self._transfers.get(event["requestId"])
        if transfer is None:
            return
        if transfer.kind is StreamKind.SSE:
            self._end(event, None)
            return
        del self._transfers[event["requestId"]]
        if self._finished.full():
            self._finished.get_nowait()
        self._finished.put_nowait((event["requestId"], transfer, self._clock.unix_us(event["timestamp"])))

    def _on_failed(self, event: dict[str, Any]) -> None:
        if event.get("canceled"):
            self._end(event, None)
        else:
            self._end(event, f"it failed: {event.get('errorText', '')}"[:80])

    def _end(self, event: dict[str, Any], failure: str | None) -> None:
        transfer = self._transfers.pop(event["requestId"], None)
        if transfer is None or (transfer.kind is StreamKind.JSON and failure is None):
            return
        for reader in transfer.readers:
            self._inbox.put(Closed(reader, transfer.connection, failure))

    async def _fetch_for_ever(self) -> None:
        """Ask for the responses, one after another: what was there first is told first."""
        while True:
            request, transfer, us = await self._finished.get()
            try:
                answer = await self._session.send("Network.getResponseBody", {"requestId": request}, timeout=_CALL_MS)
                body: str | bytes = base64.b64decode(answer["body"]) if answer["base64Encoded"] else answer["body"]
            except PlaywrightError:
                # The page has gone elsewhere meanwhile, or the browser has not kept a body of this size.
                for reader in transfer.readers:
                    self._inbox.put(Closed(reader, transfer.connection, "its body is not to be had"))
                continue
            self._keep(transfer)
            for reader in transfer.readers:
                self._inbox.put(Opened(reader, transfer.connection, transfer.url))
                self._inbox.put(Received(reader, transfer.connection, body, us))

    def _keep(self, transfer: Transfer) -> None:
        self._addresses[transfer.url] = self._addresses.pop(transfer.url, transfer)
        if len(self._addresses) > _MAX_ADDRESSES:
            oldest = self._addresses.pop(next(iter(self._addresses)))
            for reader in oldest.readers:
                self._inbox.put(Closed(reader, oldest.connection, None))
