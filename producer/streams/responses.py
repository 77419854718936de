"""Responses that are read as a whole, after they are complete."""

import asyncio
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from playwright.async_api import Error as PlaywrightError

from tickql.producer.streams.cdp_session import CALL_MS, CdpSession, body_bytes
from tickql.producer.streams.event_queue import EventQueue
from tickql.producer.streams.events import ConnectionClosed, ConnectionOpened, MessageReceived, serial_numbers
from tickql.producer.streams.reader import StreamReader

# Bodies that wait to be fetched. When the limit is reached, the oldest body is skipped: newer prices replace it anyway.
_MAX_WAITING_BODIES = 100
# A page that adds a time or a random number to each address would otherwise fill the memory in the course of days.
_MAX_QUERIES = 5_000


class PageQuery:
    """What a page asks for: address, method and request body.

    All responses to one query count as one connection, and each response replaces the one before.
    """

    def __init__(self, readers: tuple[StreamReader, ...], url: str) -> None:
        self.readers = readers
        self.url = url
        self.connection = next(serial_numbers)
        self.newest_answered = 0
        """The serial number of the newest request that has its response."""


class PendingRequest(NamedTuple):
    """A request whose response is not read yet."""

    query: PageQuery
    number: int
    """The serial number of the request: a later request has a higher one."""


class Responses:
    """All responses of one session that rules read as a whole."""

    def __init__(self, session: CdpSession, readers: Sequence[StreamReader], queue: EventQueue) -> None:
        self._session = session
        self._readers = readers
        self._queue = queue
        self._pending: dict[str, PendingRequest] = {}
        self._queries: dict[Hashable, PageQuery] = {}
        self._finished: asyncio.Queue[tuple[str, PendingRequest, int]] = asyncio.Queue(_MAX_WAITING_BODIES)
        self._fetching: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Fetch no more bodies."""
        if self._fetching is not None:
            self._fetching.cancel()

    def reset(self) -> None:
        """Forget all requests: the page has loaded another document.

        The fetching task is cancelled and its queue replaced, so no body of the old document is published later.
        """
        self.close()
        self._pending.clear()
        self._queries.clear()
        self._finished = asyncio.Queue(_MAX_WAITING_BODIES)
        self._fetching = None

    def handle_detach(self) -> None:
        """Report all queries as closed: the session has ended, and with it all bodies that are not fetched yet."""
        for query in self._queries.values():
            self._close(query, None)

    def request_sent(self, request: str, url: str, content: Hashable = None) -> None:
        """Register a request, unless it is known already. `content`: its method and body."""
        readers = tuple(reader for reader in self._readers if reader.rule.matches_url(url))
        if readers and request not in self._pending:
            self._pending[request] = PendingRequest(self._query(readers, url, content), next(serial_numbers))

    def request_finished(self, request: str, us: int) -> None:
        """Have the body of a complete response fetched. `us`: when the response was complete, Unix microseconds."""
        pending = self._pop_newest(request)
        if pending is None:
            return
        if self._finished.full():
            self._finished.get_nowait()
        self._finished.put_nowait((request, pending, us))
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch_bodies())

    def request_failed(self, request: str, reason: str) -> None:
        """Report a query as closed: its request has failed."""
        pending = self._pop_newest(request)
        if pending is not None:
            self._close(pending.query, reason)

    def forget(self, request: str) -> None:
        """Forget a request: it was redirected, or the page has cancelled it."""
        self._pending.pop(request, None)

    def _query(self, readers: tuple[StreamReader, ...], url: str, content: Hashable) -> PageQuery:
        """Return the query of a request, made if it is new. The dictionary's order is least recently used first."""
        key = (url, hash(content))
        query = self._queries.pop(key) if key in self._queries else PageQuery(readers, url)
        self._queries[key] = query
        if len(self._queries) > _MAX_QUERIES:
            self._close(self._queries.pop(next(iter(self._queries))), None)
        return query

    def _pop_newest(self, request: str) -> PendingRequest | None:
        """Remove a pending request and return it.

        `None`: no rule reads it, or a later request of the same query was answered first. Its data would be older.
        """
        pending = self._pending.pop(request, None)
        if pending is None or pending.number < pending.query.newest_answered:
            return None
        pending.query.newest_answered = pending.number
        return pending

    async def _fetch_bodies(self) -> None:
        """Fetch bodies until cancelled, one after another: messages keep the order in which responses completed."""
        while True:
            request, (query, number), us = await self._finished.get()
            try:
                params = {"requestId": request}
                body = body_bytes(await self._session.send("Network.getResponseBody", params, timeout=CALL_MS))
            except PlaywrightError:
                # The document or the session is gone meanwhile, or the body is larger than the browser's buffer.
                self._close(query, "the browser did not return the response's body")
                continue
            for reader in query.readers:
                self._queue.put(ConnectionOpened(reader, query.connection, query.url))
                # An empty body, as with HTTP 204 and 304, changes no price.
                if body:
                    self._queue.put(MessageReceived(reader, query.connection, body, us, number))

    def _close(self, query: PageQuery, failure: str | None) -> None:
        for reader in query.readers:
            self._queue.put(ConnectionClosed(reader, query.connection, failure))
