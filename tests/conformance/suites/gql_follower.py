"""The Python client gql on each of its transports: a subscription that continues over restarts, and one query."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gql import Client, gql
from gql.transport.async_transport import AsyncTransport
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.websockets import WebsocketsTransport

from tests.support.graphql_client import TICKS
from tests.support.waiting import DEADLINE_S, Changes

PYTHON_SUITES = Path(__file__).parents[3] / ".tickql" / "suites"
_RETRY_S = 0.05
_PRICE = "query ($symbol: String!) { lastPrice(symbol: $symbol) { seq } }"


def transports(url: str) -> dict[str, Callable[[], AsyncTransport]]:
    """Return the transports by their names. Those of aiohttp are among the packages of `make conformance`."""
    if str(PYTHON_SUITES) not in sys.path:
        sys.path.append(str(PYTHON_SUITES))
    from gql.transport.aiohttp import AIOHTTPTransport
    from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport

    socket_url = url.replace("http", "ws", 1)
    return {
        "gql, websockets": lambda: WebsocketsTransport(socket_url),
        "gql, aiohttp WebSocket": lambda: AIOHTTPWebsocketsTransport(url=socket_url),
        "gql, aiohttp multipart": lambda: AIOHTTPTransport(url=url),
    }


@dataclass(slots=True)
class GqlFollower:
    """Follows a symbol, and reconnects by itself."""

    name: str
    symbol: str
    transport: Callable[[], AsyncTransport]
    ticks: int = 0
    holes: int = 0
    repeats: int = 0
    gaps: int = 0
    _cursor: str | None = None
    _seq: int | None = None
    _changes: Changes = field(default_factory=Changes)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow until the context ends."""
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task], timeout=DEADLINE_S)

    async def more(self, count: int) -> None:
        """Wait for further ticks."""
        until = self.ticks + count
        await self._changes.until(lambda: self.ticks >= until)

    async def price(self, symbol: str) -> dict[str, Any]:
        """Return the result of a query.

        Raises:
            TransportQueryError: the server has refused it.
        """
        request = gql(_PRICE)
        request.variable_values = {"symbol": symbol}
        async with Client(transport=self.transport(), fetch_schema_from_transport=False) as session:
            result: dict[str, Any] = await session.execute(request)
            return result

    async def refusal(self) -> str | None:
        """Return the code of the error with which a query with a wrong argument is refused."""
        try:
            await self.price("no symbol")
        except TransportQueryError as error:
            code: str = (error.errors or [{}])[0]["extensions"]["code"]
            return code
        return None

    async def _follow(self) -> None:
        while True:
            with suppress(TransportError, OSError):
                await self._follow_once()
            await asyncio.sleep(_RETRY_S)

    async def _follow_once(self) -> None:
        request = gql(TICKS)
        request.variable_values = {"symbol": self.symbol, "after": self._cursor}
        async with Client(transport=self.transport(), fetch_schema_from_transport=False) as session:
            async for result in session.subscribe(request):
                self._receive(result["ticks"])

    def _receive(self, tick: dict[str, Any]) -> None:
        seq: int = tick["seq"]
        self.ticks += 1
        self.gaps += tick["gap"] is not None
        if self._seq is not None:
            self.repeats += seq <= self._seq
            self.holes += seq > self._seq + 1
        self._seq, self._cursor = seq, tick["cursor"]
        self._changes.notify()
