"""The embedded server of `tickql up` while it runs: started again when it ends, and freed of endless scripts."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from tickql.feed.embedded.script_guard import ScriptGuard
from tickql.feed.embedded.server import EmbeddedServer
from tickql.feed.errors import FeedError

_MAX_ENDS, _PERIOD_S = 3, 60.0
"""A server that ends more often than this in a minute is not started again: something is wrong with the machine."""


class RedisKeeper:
    """Keeps an embedded server running. What a crash loses, the producer sends again: clients see a pause.

    `on_warning` gets a sentence each time that the server is started again.
    """

    def __init__(self, server: EmbeddedServer, on_warning: Callable[[str], None]) -> None:
        self._server = server
        self._on_warning = on_warning
        self._ends_s: deque[float] = deque(maxlen=_MAX_ENDS)

    async def wait(self) -> str:
        """Wait until the server cannot be kept running. Returns a sentence about that."""
        guard = asyncio.create_task(ScriptGuard(self._server.url).run(), name="script guard")
        try:
            while True:
                code = await self._server.wait_until_exit()
                how = f"was ended by signal {code - 128}" if code > 128 else f"ended (exit code {code})"
                if self._ends_too_often():
                    return f"redis {how}, {_MAX_ENDS + 1} times in a minute; its log is {self._server.log_path}"
                self._on_warning(f"redis {how}: starting it again; its log is {self._server.log_path}")
                try:
                    await self._server.restart()
                except FeedError as error:
                    # It has ended once more: the next turn counts that.
                    self._on_warning(str(error))
        finally:
            guard.cancel()

    def _ends_too_often(self) -> bool:
        now_s = time.monotonic()
        too_often = len(self._ends_s) == _MAX_ENDS and now_s - self._ends_s[0] < _PERIOD_S
        self._ends_s.append(now_s)
        return too_often
