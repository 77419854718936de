"""`tickql watch` and `tickql last`: prices of a real server in a terminal."""

import asyncio
from io import StringIO

import pytest
from rich.console import Console

from tests.api.conftest import RunningApi
from tests.support.market import Market
from tests.support.waiting import DEADLINE_S, until
from tickql.cli.errors import TickqlError
from tickql.cli.watch import show_last, watch
from tickql.feed.embedded.ports import free_port


def wide_console(*, is_terminal: bool = False) -> Console:
    return Console(width=200, file=StringIO(), force_terminal=is_terminal, color_system=None)


def text_of(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


async def test_last_prints_the_newest_prices_and_names_what_has_none(api: RunningApi, market: Market) -> None:
    market.tick(count=3)
    await market.publisher.flush()
    console = wide_console()
    await show_last([], f"{api.url}/graphql", console)
    head, row = text_of(console).splitlines()
    assert head.split() == ["symbol", "bid", "ask", "last", "timestamp"]
    assert row.split() == ["ES", "3.25", "3.50", "3", "2025-02-19T08:02:08.053123Z"]
    with pytest.raises(TickqlError, match=r"^no price yet: NQ$"):
        await show_last(["ES", "NQ"], f"{api.url}/graphql", console)


async def test_watch_shows_prices_as_they_change(api: RunningApi, market: Market) -> None:
    market.tick()
    console = wide_console(is_terminal=True)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(watch([], f"{api.url}/graphql", console))

        async def shows(text: str) -> None:
            async def is_shown() -> bool:
                return text in text_of(console)

            await until(is_shown)

        await shows("1.25")
        await shows("no producer reports it")
        market.tick(count=2)
        await shows("▲ 3.25")
        watching.cancel()


@pytest.mark.parametrize(
    ("symbols", "address", "fault"),
    [
        (["E S"], "/graphql", "symbol 'E S' is not"),
        ([], "/nothing", "no tickql API at .*: give --url, such as"),
    ],
)
async def test_what_the_server_refuses_is_one_line(
    symbols: list[str], address: str, fault: str, api: RunningApi
) -> None:
    for command in (show_last, watch):
        async with asyncio.timeout(DEADLINE_S):
            with pytest.raises(TickqlError, match=fault):
                await command(symbols, f"{api.url}{address}", wide_console())


async def test_an_address_without_a_server_is_one_line() -> None:
    with pytest.raises(TickqlError, match="start one with `tickql up`, or give --url"):
        await show_last([], f"http://127.0.0.1:{free_port()}/graphql", wide_console())
    for command in (show_last, watch):
        with pytest.raises(TickqlError, match="--url: 'localhost:8000' is not the address of an API"):
            await command([], "localhost:8000", wide_console())
