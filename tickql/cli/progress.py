"""The progress of a long command, in one line: redrawn on a terminal, else printed every ten seconds."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from rich.console import Console
from rich.text import Text

_REDRAW_S = 0.2
_PRINT_S = 10.0
"""In a log file a line every ten seconds is enough."""


@asynccontextmanager
async def progress(console: Console, line: Callable[[], str]) -> AsyncIterator[None]:
    """Show the text that `line` returns, again and again while the context is open."""
    show = _redraw if console.is_terminal else _print_now_and_then
    task = asyncio.create_task(show(console, line))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _redraw(console: Console, line: Callable[[], str]) -> None:
    with console.status(Text(line())) as status:
        while True:
            await asyncio.sleep(_REDRAW_S)
            status.update(Text(line()))


async def _print_now_and_then(console: Console, line: Callable[[], str]) -> None:
    while True:
        print_line(console, line())
        await asyncio.sleep(_PRINT_S)


def print_line(console: Console, line: str, style: str | None = None) -> None:
    """Print a line literally: it may hold text of a page, which could look like markup of rich."""
    console.print(Text(line, style=style or ""), soft_wrap=True)


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 quote`, `1,234 quotes`."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
