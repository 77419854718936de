"""Responses that are read as a whole, once they have come."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from playwright.async_api import Error as PlaywrightError

from producer.streams.inbox import Inbox
from producer.streams.items import Closed, Opened, Received, numbers
from producer.streams.reader import StreamReader
from producer.streams.session import CALL_MS, Session, body_bytes

_MAX_WAITING = 100
_MAX_ADDRESSES = 5_000


class Response(NamedTuple):
    """One of them. All of one address are one connection: the next one replaces the one before."""

    readers: tuple[StreamReader, ...]
    connection: int
    url: str


class Responses:
    """All of one session."""

    def __init__(self, session: Session, readers: Sequence[StreamReader], inbox: Inbox) -> None:
        self._session = session
        self._readers = readers
        self._inbox = inbox
        self._awaited: dict[str, Response] = {}
        self._addresses: dict[str, Response] = {}
        self._finished: asyncio.Queue[tuple[str, Response, int]] = asyncio.Queue(_MAX_WAITING)
        self._fetching = asyncio.create_task(self._fetch_for_ever())

    def close(self) -> None:
        """Ask for nothing more."""
        self._fetching.cancel()

    def restart(self) -> None:
        """The page is another document now."""
        self._awaited.clear()
        self._addresses.clear()

    def leave(self) -> None:
        """The session is gone, with all that it had."""
        for response in self._addresses.values():
            self._close(response, None)

    def ask(self, request: str, url: str) -> None:
        """The page asks for something; what is known already is the same."""
        readers = tuple(reader for reader in self._readers if reader.rule.hears(url))
        if readers and request not in self._awaited:
            self._awaited[request] = self._addresses.get(url) or Response(readers, next(numbers), url)

    def end(self, request: str, us: int) -> None:
        """A response is there."""
        response = self._awaited.pop(request, None)
        if response is None:
            return
        if self._finished.full():
            self._finished.get_nowait()
        self._finished.put_nowait((request, response, us))

    def fail(self, request: str, why: str) -> None:
        """There will be none."""
        response = self._awaited.pop(request, None)
        if response is not None:
            self._close(response, why)

    def drop(self, request: str) -> None:
        """It is another one now, or not one that ends, or the page does not want it any more."""
        self._awaited.pop(request, None)

    async def _fetch_for_ever(self) -> None:
        """Ask for them, one after another: what was there first is told first."""
        while True:
            request, response, us = await self._finished.get()
            try:
                of = {"requestId": request}
                body = body_bytes(await self._session.send("Network.getResponseBody", of, timeout=CALL_MS))
            except PlaywrightError:
                # The page has gone elsewhere meanwhile, or the browser has not kept a body of this size.
                self._close(response, "its body is not to be had")
                continue
            self._keep(response)
            for reader in response.readers:
                self._inbox.put(Opened(reader, response.connection, response.url))
                self._inbox.put(Received(reader, response.connection, body, us))

    def _keep(self, response: Response) -> None:
        self._addresses[response.url] = self._addresses.pop(response.url, response)
        if len(self._addresses) > _MAX_ADDRESSES:
            self._close(self._addresses.pop(next(iter(self._addresses))), None)

    def _close(self, response: Response, failure: str | None) -> None:
        for reader in response.readers:
            self._inbox.put(Closed(reader, response.connection, failure))
