"""`tickql watch` and `tickql last`: prices in a terminal, read through the GraphQL API."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from gql import gql
from gql.transport.exceptions import TransportError, TransportQueryError
from rich.console import Console
from rich.live import Live
from rich.table import Table
from websockets.exceptions import WebSocketException

from tickql.cli.errors import TickqlError
from tickql.cli.price_table import PriceTable
from tickql.clients.python.resuming import api_client, subscribe

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


async def watch(symbols: Sequence[str], url: str, console: Console) -> None:
    """Show a live table of `symbols` (empty: all) until cancelled. It waits for the API, and reconnects to it."""
    table = PriceTable(url, symbols)
    # Checked before the screen is taken over: an error in the address should stay readable.
    _check(url)
    with Live(table, console=console, refresh_per_second=_FRAMES_PER_S, screen=console.is_terminal):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_show_prices(table, symbols, url))
            tasks.create_task(_show_status(table, url))


async def show_last(symbols: Sequence[str], url: str, console: Console) -> None:
    """Print the newest tick of each of `symbols` (empty: all).

    Raises:
        TickqlError: as `last`, or one of the symbols has no price.
    """
    ticks = await last(symbols, url)
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2))
    for name in ("symbol", "bid", "ask", "last", "timestamp"):
        table.add_column(name, justify="left" if name in ("symbol", "timestamp") else "right")
    for tick in ticks:
        table.add_row(tick["symbol"], *(tick[name] or "-" for name in ("bid", "ask", "last")), tick["timestamp"])
    console.print(table)
    missing = sorted(set(symbols) - {tick["symbol"] for tick in ticks})
    if missing:
        raise TickqlError(f"no price yet: {', '.join(missing)}")


async def last(symbols: Sequence[str], url: str) -> list[dict[str, Any]]:
    """Return the newest tick of each of `symbols` (empty: all).

    Raises:
        TickqlError: `url` is no address, the API cannot be reached, or the API refuses the query.
    """
    _check(url)
    request = gql(_LAST)
    request.variable_values = {"symbols": list(symbols) or None}
    try:
        async with asyncio.timeout(_DEADLINE_S), api_client(url) as session:
            answer = await session.execute(request)
    except TransportQueryError as error:
        raise TickqlError("; ".join(each["message"] for each in error.errors or [])) from error
    except (TransportError, WebSocketException, OSError, TimeoutError) as error:
        why = str(error) or type(error).__name__
        remedy = "start one with `tickql up`, or give --url, such as http://127.0.0.1:8000/graphql"
        raise TickqlError(f"no tickql API at {url} ({why}): {remedy}") from error
    ticks: list[dict[str, Any]] = answer["lastPrices"]
    return ticks


def _check(url: str) -> None:
    try:
        api_client(url)
    except ValueError as error:
        raise TickqlError(f"--url: {error}") from error


async def _show_prices(table: PriceTable, symbols: Sequence[str], url: str) -> None:
    variables = {"symbols": list(symbols) or None, "maxHz": _FRAMES_PER_S}
    async with aclosing(subscribe(url, _BOARD, lambda: variables, table.update_connection)) as results:
        async for result in results:
            table.update(result["board"])


async def _show_status(table: PriceTable, url: str) -> None:
    async with aclosing(subscribe(url, _STATUS, dict)) as results:
        async for result in results:
            table.update_status(result["feedStatus"])
