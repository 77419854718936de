"""From the page to a subscriber: exact digits, none missing, whatever dies on the way."""

import asyncio
import csv
import os
import random
import signal
from contextlib import AsyncExitStack, aclosing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RedisServer
from tests.support.demo_market import api, page, producer
from tests.support.ports import free_port
from tests.support.process import descendants
from tickql.clients.python.subscriber import ticks
from tickql.feed.settings import FeedSettings

pytestmark = pytest.mark.timeout(180)

_SHARED = Path(__file__).parents[3] / "shared" / "data"
_ROWS = 400
_COLUMNS = ("ASK", "BID", "LAST")

Prices = tuple[str | None, ...]


def _generated(symbol: str, digits: int, seed: int) -> list[list[str]]:
    """Rows like a recording's, with trailing zeros, empty prices and repeats."""
    source = random.Random(seed)
    bid, rows = source.randint(10**digits, 2 * 10**digits), []
    for number in range(_ROWS):
        bid += source.choice((-2, -1, 0, 0, 1, 2))
        prices = (Decimal(bid + source.randint(1, 3)).scaleb(-digits), Decimal(bid).scaleb(-digits))
        last = str(prices[0]) if source.random() < 0.8 else ""
        rows.append([f"2025-01-02 03:{number // 60:02}:{number % 60:02}.000", symbol, *map(str, prices), last])
    return rows


def _write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["timestamp", "symbol", *_COLUMNS], *rows])
    return path


def _shown(path: Path) -> tuple[str, list[Prices]]:
    """The symbol of a recording and the prices that a page shows of it, one after the other."""
    shown: list[Prices] = []
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            prices = tuple(row[name] or None for name in _COLUMNS)
            if not shown or shown[-1] != prices:
                shown.append(prices)
    return row["symbol"], shown


def _real(name: str, folder: Path) -> Path:
    with (_SHARED / name).open(newline="") as file:
        return _write(folder / name, list(csv.reader(file))[1 : _ROWS + 1])


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("generated", marks=pytest.mark.long),
        pytest.param(
            "real",
            marks=[
                pytest.mark.long,
                pytest.mark.skipif(not _SHARED.is_dir(), reason="no real quotes on this machine"),
            ],
        ),
    ],
)
async def test_a_recording_reaches_the_subscriber_digit_by_digit(
    source: str, tmp_path: Path, feed_settings: FeedSettings
) -> None:
    if source == "real":
        files = [_real("eurusd_ticks.csv", tmp_path), _real("usdjpy_ticks.csv", tmp_path)]
    else:
        rows = {"EUR/USD": _generated("EUR/USD", 6, 1), "USD/JPY": _generated("USD/JPY", 3, 2)}
        files = [_write(tmp_path / f"{symbol[:3]}.csv", each) for symbol, each in rows.items()]
    recordings = dict(map(_shown, files))
    options = [option for file in files for option in ("--csv", str(file))]
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(api(feed_settings, free_port()))
        # Subscribed before the first quote is shown: a recording starts when the page is opened.
        received: dict[str, list[Prices]] = {symbol: [] for symbol in recordings}
        reading = [
            asyncio.create_task(_read_prices(symbol, len(shown), address, received[symbol]))
            for symbol, shown in recordings.items()
        ]
        stack.callback(lambda: [task.cancel() for task in reading])
        board = await stack.enter_async_context(page("--rate", "50", *options))
        await stack.enter_async_context(producer(board, feed_settings, tmp_path))
        await asyncio.wait(reading, timeout=40)
    assert received == recordings


async def _read_prices(symbol: str, count: int, address: str, received: list[Prices]) -> None:
    async with aclosing(ticks(symbol, url=address)) as stream:
        async for tick in stream:
            received.append((tick["ask"], tick["bid"], tick["last"]))
            if len(received) == count:
                return


async def test_a_resuming_client_has_no_hole_and_no_repeat_over_crashes(
    tmp_path: Path, valkey: RedisServer, own_feed: FeedSettings
) -> None:
    """One browser crash, one Redis kill -9 and restart, one API restart."""
    port = free_port()
    received: list[dict[str, Any]] = []
    progress = asyncio.Condition()

    async def read() -> None:
        async with aclosing(ticks("ES", url=f"http://127.0.0.1:{port}/graphql")) as stream:
            async for tick in stream:
                async with progress:
                    received.append(tick)
                    progress.notify_all()

    async def more(count: int = 40) -> None:
        wanted = len(received) + count
        async with asyncio.timeout(40), progress:
            await progress.wait_for(lambda: len(received) >= wanted)

    async with AsyncExitStack() as stack:
        board = await stack.enter_async_context(page("--rate", "50"))
        producing = await stack.enter_async_context(producer(board, own_feed, tmp_path))
        reading = asyncio.create_task(read())
        stack.callback(reading.cancel)

        async with api(own_feed, port):
            await more()
            browser = next(
                pid for pid, command in descendants(producing.process.pid).items()
                if "chrom" in command and "--type=" not in command and "crashpad" not in command
            )  # fmt: skip
            os.kill(browser, signal.SIGKILL)
            await more()
            valkey.kill()
            await valkey.restart()
            await more()
        async with api(own_feed, port):
            await more()

    assert [tick["gap"] for tick in received if tick["gap"]] == []
    seqs = [tick["seq"] for tick in received]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert len({tick["cursor"] for tick in received}) == len(received)
