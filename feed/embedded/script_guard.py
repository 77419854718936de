"""Ends scripts that keep the embedded server busy: while one runs, nobody can read or write a price."""

import asyncio
import logging
import time
from typing import NoReturn

from redis.exceptions import ResponseError

from tickql.feed.connection import RedisConnection, retry_until_available

logger = logging.getLogger("tickql.feed")

_LOOK_S = 1.0
"""How often the server is asked whether a script keeps it busy."""
_QUIET_S = 60.0
"""Seconds between two lines in the log: a program that starts such scripts in a loop must not fill the disk."""


class ScriptGuard:
    """Asks a server each second whether a script keeps it busy, and ends such a script.

    The scripts of the feed take milliseconds. Only who has the server's password can run others.
    """

    def __init__(self, url: str, quiet_s: float = _QUIET_S) -> None:
        self._url = url
        self._quiet_s = quiet_s
        self._further = 0
        """Scripts that were ended since the last line in the log."""
        self._logged_s = float("-inf")

    async def run(self) -> NoReturn:
        """Look after the server until cancelled, also when it starts again."""
        while True:
            await retry_until_available(self._watch)

    async def _watch(self) -> None:
        connection = await RedisConnection.open(self._url)
        try:
            while True:
                (reply,) = await connection.call(("PING",))
                if isinstance(reply, ResponseError) and "BUSY" in str(reply):
                    (killed,) = await connection.call(("SCRIPT", "KILL"))
                    self._log(killed)
                await asyncio.sleep(_LOOK_S)
        finally:
            await connection.close()

    def _log(self, killed: object) -> None:
        if time.monotonic() - self._logged_s < self._quiet_s:
            self._further += 1
            return
        more = f"; {self._further} more times since the last such line" if self._further else ""
        end = f"redis does not end it ({killed})" if isinstance(killed, ResponseError) else "it was ended"
        logger.warning("a script of another program kept redis busy, and all prices waited: %s%s", end, more)
        self._logged_s, self._further = time.monotonic(), 0
