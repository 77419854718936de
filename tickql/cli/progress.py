"""How a long command is doing, in one line: redrawn on a terminal, else told every ten seconds."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from rich.console import Console
from rich.text import Text

_REDRAW_S, _TELL_S = 0.2, 10.0


@asynccontextmanager
async def progress(console: Console, line: Callable[[], str]) -> AsyncIterator[None]:
    """Show what `line` returns for as long as the context is open, beginning now."""
    telling = asyncio.create_task(_redraw(console, line) if console.is_terminal else _tell(console, line))
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def _redraw(console: Console, line: Callable[[], str]) -> None:
    with console.status(Text(line())) as status:
        while True:
            await asyncio.sleep(_REDRAW_S)
            status.update(Text(line()))


async def _tell(console: Console, line: Callable[[], str]) -> None:
    while True:
        say(console, line())
        await asyncio.sleep(_TELL_S)


def say(console: Console, line: str, style: str | None = None) -> None:
    """Print a line as it is: it may hold whatever a page shows."""
    console.print(Text(line, style=style or ""), soft_wrap=True)


def count(number: int, noun: str) -> str:
    """`1 quote`, `1,234 quotes`."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
