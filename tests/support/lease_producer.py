"""A process that produces ticks without a page, as soon as it has the lease, as a test sees it from outside."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.process import Program, program
from tickql.feed.settings import FeedSettings


class Producing:
    """A process that produces ticks without a page."""

    def __init__(self, running: Program) -> None:
        self.running = running

    async def writes(self, again: int = 0) -> int:
        """Wait until it holds the lease, for the first time or again. Returns the number of that term."""
        term = int(f"{self.running.process.pid}{again + 1:03}")
        await self.running.says(f"term {term}")
        return term

    @property
    def terms(self) -> list[int]:
        return [int(line.split()[1]) for line in self.running.output if line.startswith("term ")]

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.running.process.pid, number)


@asynccontextmanager
async def producing(settings: FeedSettings, *options: str) -> AsyncIterator[Producing]:
    arguments = ("-m", "tests.support.lease_holder", settings.redis_url, settings.namespace, *options)
    async with program(*arguments) as running:
        try:
            yield Producing(running)
        finally:
            if running.process.returncode is None:
                os.kill(running.process.pid, signal.SIGCONT)
