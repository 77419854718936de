"""Responses that are read as a whole, once they have come."""

import asyncio
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from playwright.async_api import Error as PlaywrightError

from tickql.producer.streams.cdp_session import CALL_MS, CdpSession, body_bytes
from tickql.producer.streams.event_queue import EventQueue
from tickql.producer.streams.events import ConnectionClosed, ConnectionOpened, MessageReceived, numbers
from tickql.producer.streams.reader import StreamReader

_MAX_WAITING = 100
_MAX_ADDRESSES = 5_000


class Address:
    """Where responses come from: what is asked for. All from there are one connection: each replaces the one before."""

    def __init__(self, readers: tuple[StreamReader, ...], url: str) -> None:
        self.readers = readers
        self.url = url
        self.connection = next(numbers)
        self.answered = 0
        """The number of the latest request that has been answered."""


class Response(NamedTuple):
    """What is there, or will be. `asked`: the number of its request."""

    address: Address
    asked: int


class Responses:
    """All of one session."""

    def __init__(self, session: CdpSession, readers: Sequence[StreamReader], inbox: EventQueue) -> None:
        self._session = session
        self._readers = readers
        self._inbox = inbox
        self._awaited: dict[str, Response] = {}
        self._addresses: dict[Hashable, Address] = {}
        self._finished: asyncio.Queue[tuple[str, Response, int]] = asyncio.Queue(_MAX_WAITING)
        self._fetching: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Ask for nothing more."""
        if self._fetching is not None:
            self._fetching.cancel()

    def restart(self) -> None:
        """The page is another document now."""
        self.close()
        self._awaited.clear()
        self._addresses.clear()
        self._finished = asyncio.Queue(_MAX_WAITING)
        self._fetching = None

    def leave(self) -> None:
        """The session is gone, with all that it had."""
        for address in self._addresses.values():
            self._close(address, None)

    def ask(self, request: str, url: str, sent: Hashable = None) -> None:
        """The page asks for something; what is known already is the same. `sent`: what goes with the address."""
        readers = tuple(reader for reader in self._readers if reader.rule.hears(url))
        if readers and request not in self._awaited:
            self._awaited[request] = Response(self._address(readers, url, sent), next(numbers))

    def end(self, request: str, us: int) -> None:
        """A response is there."""
        response = self._answered(request)
        if response is None:
            return
        if self._finished.full():
            self._finished.get_nowait()
        self._finished.put_nowait((request, response, us))
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch_for_ever())

    def fail(self, request: str, why: str) -> None:
        """There will be none."""
        response = self._answered(request)
        if response is not None:
            self._close(response.address, why)

    def drop(self, request: str) -> None:
        """It is another one now, or not one that ends, or the page does not want it any more."""
        self._awaited.pop(request, None)

    def _address(self, readers: tuple[StreamReader, ...], url: str, sent: Hashable) -> Address:
        """The same for the same question, the most recent last."""
        key = (url, hash(sent))
        address = self._addresses.pop(key) if key in self._addresses else Address(readers, url)
        self._addresses[key] = address
        if len(self._addresses) > _MAX_ADDRESSES:
            self._close(self._addresses.pop(next(iter(self._addresses))), None)
        return address

    def _answered(self, request: str) -> Response | None:
        """A request that has been answered; `None`: not one that matters, or a later one was faster."""
        response = self._awaited.pop(request, None)
        if response is None or response.asked < response.address.answered:
            return None
        response.address.answered = response.asked
        return response

    async def _fetch_for_ever(self) -> None:
        """Ask for them, one after another: what was there first is told first."""
        while True:
            request, (address, asked), us = await self._finished.get()
            try:
                of = {"requestId": request}
                body = body_bytes(await self._session.send("Network.getResponseBody", of, timeout=CALL_MS))
            except PlaywrightError:
                # The page has gone elsewhere meanwhile, or the browser has not kept a body of this size.
                self._close(address, "its body is not to be had")
                continue
            for reader in address.readers:
                self._inbox.put(ConnectionOpened(reader, address.connection, address.url))
                # Nothing at all, as with HTTP 204 and 304, is no news.
                if body:
                    self._inbox.put(MessageReceived(reader, address.connection, body, us, asked))

    def _close(self, address: Address, failure: str | None) -> None:
        for reader in address.readers:
            self._inbox.put(ConnectionClosed(reader, address.connection, failure))
