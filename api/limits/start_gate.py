"""Operations start one after the other, with a turn of the event loop between them."""

import asyncio


class StartGate:
    """A gate before parsing and validation, which take up to some 10 ms for a document that was not seen before.

    The event loop runs all tasks that are ready before it reads from any connection again: a hundred operations that
    one client starts at once would stop all others for a second.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def pass_through(self) -> None:
        """Wait until it is this operation's turn. They go in the order in which they came."""
        async with self._lock:
            # The lock is held until the next turn of the loop: one operation starts in each.
            await asyncio.sleep(0)
