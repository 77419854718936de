"""Questions at a terminal: how a text is to be read that can be read in several ways."""

import asyncio
import sys

from rich.console import Console

from tickql.producer.discover.inference.readings import Choice, Reading


def is_terminal() -> bool:
    """Return whether a person can be asked: standard input and output are a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


async def chosen(choice: Choice, console: Console) -> Reading | None:
    """Ask how to read a text until the answer is one of the numbers shown; `None`: the price is left out."""
    console.print(f"{choice.question}:", highlight=False, markup=False)
    for number, answer in enumerate(choice.answers, 1):
        console.print(f"  {number}  {answer}", highlight=False, markup=False)
    count = len(choice.readings)
    while True:
        console.print(f"Which one, 1 to {count}? Enter leaves the price out: ", end="", highlight=False)
        answer = await _line()
        if not answer.strip():
            return None
        if answer.strip().isascii() and answer.strip().isdigit() and 1 <= int(answer) <= count:
            return choice.readings[int(answer) - 1]


async def _line() -> str:
    """Return a line of standard input; empty at its end. A signal can interrupt the wait, unlike that of `input`."""
    loop = asyncio.get_running_loop()
    is_ready = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), is_ready.set)
    try:
        await is_ready.wait()
        # A terminal is readable once a line is whole.
        return sys.stdin.readline()
    finally:
        loop.remove_reader(sys.stdin.fileno())
