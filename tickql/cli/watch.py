"""`tickql watch` and `tickql last`: prices in a terminal, read through the GraphQL API."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Any

from gql import gql
from gql.transport.exceptions import TransportError, TransportQueryError
from rich.console import Console
from rich.live import Live
from rich.table import Table
from websockets.exceptions import InvalidStatus, WebSocketException

from tickql.cli.errors import TickqlError
from tickql.cli.price_table import PriceTable
from tickql.clients.python.resuming import TokenRefused, api_client, check_token, subscribe
from tickql.clients.python.subscriber import URL
from tickql.feed.race import race

_BOARD = """
subscription PriceTable($symbols: [String!], $maxHz: Float!) {
  board(symbols: $symbols, maxHz: $maxHz) { symbol seq ask bid last }
}
"""
_STATUS = "subscription { feedStatus { state reason symbols { symbol state reason } } }"
_LAST = "query ($symbols: [String!]) { lastPrices(symbols: $symbols) { symbol timestamp ask bid last cursor } }"
_DEADLINE_S = 10.0
"""How long `tickql last` waits for the API."""
_FRAMES_PER_S = 10
"""How often the table is drawn, and so the pace of the subscription."""


async def watch(symbols: Sequence[str], url: str, console: Console, token: str | None = None) -> None:
    """Show a live table of `symbols` (empty: all) until cancelled. It waits for the API, and reconnects to it.

    Raises:
        TickqlError: `url` is no address of an API, or the API refuses the symbols or the token.
    """
    table = PriceTable(url, symbols)
    # Checked before the screen is taken over: an error in the address should stay readable.
    _check(url)
    with Live(table, console=console, refresh_per_second=_FRAMES_PER_S, screen=console.is_terminal), _refusals():
        await race(_show_prices(table, symbols, url, token), _show_status(table, url, token))


async def show_last(symbols: Sequence[str], url: str, console: Console, token: str | None = None) -> None:
    """Print the newest tick of each of `symbols` (empty: all).

    Raises:
        TickqlError: as `last`, or one of the symbols has no price.
    """
    ticks = await last(symbols, url, token)
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2))
    for name in ("symbol", "bid", "ask", "last", "timestamp"):
        table.add_column(name, justify="left" if name in ("symbol", "timestamp") else "right")
    for tick in ticks:
        table.add_row(tick["symbol"], *(tick[name] or "-" for name in ("bid", "ask", "last")), tick["timestamp"])
    console.print(table)
    missing = sorted(set(symbols) - {tick["symbol"] for tick in ticks})
    if missing:
        raise TickqlError(f"no price yet: {', '.join(missing)}")


async def last(symbols: Sequence[str], url: str, token: str | None = None) -> list[dict[str, Any]]:
    """Return the newest tick of each of `symbols` (empty: all).

    Raises:
        TickqlError: `url` is no address, the API cannot be reached, or the API refuses the query.
    """
    _check(url)
    request = gql(_LAST)
    request.variable_values = {"symbols": list(symbols) or None}
    with _refusals():
        try:
            async with asyncio.timeout(_DEADLINE_S), api_client(url, token) as session:
                answer = await session.execute(request)
        except TransportQueryError:
            raise
        except (TransportError, WebSocketException, OSError, TimeoutError) as error:
            check_token(error)
            why = str(error) or type(error).__name__
            remedy = "start one with `tickql up`, or give --url, such as http://127.0.0.1:8000/graphql"
            raise TickqlError(f"no tickql API at {url} ({why}): {remedy}") from error
    ticks: list[dict[str, Any]] = answer["lastPrices"]
    return ticks


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what the API refuses for good into a line for the user."""
    try:
        yield
    except TransportQueryError as error:
        raise TickqlError("; ".join(each["message"] for each in error.errors or [])) from error
    except TokenRefused as error:
        raise TickqlError(f"{error}: give --token, or set TICKQL_TOKEN") from error
    except InvalidStatus as error:
        raise TickqlError(f"no tickql API there ({error}): give --url, such as {URL}") from error


def _check(url: str) -> None:
    try:
        api_client(url)
    except ValueError as error:
        raise TickqlError(f"--url: {error}") from error


async def _show_prices(table: PriceTable, symbols: Sequence[str], url: str, token: str | None) -> None:
    variables = {"symbols": list(symbols) or None, "maxHz": _FRAMES_PER_S}
    async with aclosing(subscribe(url, _BOARD, lambda: variables, table.update_connection, token)) as results:
        async for result in results:
            table.update(result["board"])


async def _show_status(table: PriceTable, url: str, token: str | None) -> None:
    async with aclosing(subscribe(url, _STATUS, dict, token=token)) as results:
        async for result in results:
            table.update_status(result["feedStatus"])
