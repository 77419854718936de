"""`tickql watch` and `tickql last`: prices in a terminal, read through the GraphQL API."""

from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table

from tickql.cli.errors import TickqlError
from tickql.cli.options import DEFAULT_URL
from tickql.cli.price_table import PriceTable
from tickql.client import (
    ClientError,
    InvalidAddress,
    NotAnApi,
    Tick,
    TokenRefused,
    Unreachable,
    board,
    check_address,
    feed_status,
    last_prices,
)
from tickql.feed.race import race

_FRAMES_PER_S = 10
"""How often the table is drawn, and so the pace of the subscription."""


async def watch(symbols: Sequence[str], url: str, console: Console, token: str | None = None) -> None:
    """Show a live table of `symbols` (empty: all) until cancelled. It waits for the API, and reconnects to it.

    Raises:
        TickqlError: `url` is no address of an API, or the API refuses the symbols or the token.
    """
    table = PriceTable(url, symbols)
    with _refusals(url):
        # Checked before the screen is taken over: an error in the address should stay readable.
        check_address(url)
        with Live(table, console=console, refresh_per_second=_FRAMES_PER_S, screen=console.is_terminal):
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
        prices = ("-" if price is None else f"{price:f}" for price in (tick.bid, tick.ask, tick.last))
        table.add_row(tick.symbol, *prices, f"{tick.timestamp:%Y-%m-%dT%H:%M:%S.%fZ}")
    console.print(table)
    missing = sorted(set(symbols) - {tick.symbol for tick in ticks})
    if missing:
        raise TickqlError(f"no price yet: {', '.join(missing)}")


async def last(symbols: Sequence[str], url: str, token: str | None = None) -> tuple[Tick, ...]:
    """Return the newest tick of each of `symbols` (empty: all).

    Raises:
        TickqlError: `url` is no address, the API cannot be reached, or the API refuses the query.
    """
    with _refusals(url):
        return await last_prices(symbols or None, url=url, token=token)


@contextmanager
def _refusals(url: str) -> Iterator[None]:
    """Turn what the client raises into a line for the user."""
    try:
        yield
    except ClientError as error:
        raise TickqlError(_with_remedy(error, url)) from error


def _with_remedy(error: ClientError, url: str) -> str:
    match error:
        case InvalidAddress():
            return f"--url: {error}"
        case TokenRefused():
            return f"{error}: give --token, or set TICKQL_TOKEN"
        case NotAnApi():
            return f"{error}: give --url, such as {DEFAULT_URL}"
        case Unreachable():
            remedy = f"start one with `tickql up`, or give --url, such as {DEFAULT_URL}"
            return f"no tickql API at {url} ({error}): {remedy}"
        case _:
            return str(error)


async def _show_prices(table: PriceTable, symbols: Sequence[str], url: str, token: str | None) -> None:
    news = board(symbols or None, max_hz=_FRAMES_PER_S, url=url, token=token, on_connection=table.update_connection)
    async with aclosing(news):
        async for ticks in news:
            table.update(ticks)


async def _show_status(table: PriceTable, url: str, token: str | None) -> None:
    async with aclosing(feed_status(url=url, token=token)) as states:
        async for status in states:
            table.update_status(status)
