"""Renews the lease of a producer on the node of a cluster that has it, beside the tasks that publish."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from tickql.feed import scripts
from tickql.feed.connection import Command, check_replies
from tickql.feed.errors import FeedUnavailable
from tickql.feed.lease import Lease

_LOAD: Command = ("SCRIPT", "LOAD", scripts.LEASE.source)
_RETRY_S = 0.1
"""Pause between two connections."""


class LeaseKeeper:
    """Keeps a lease. `due` is set to have it renewed at once, because a symbol has a newer fence.

    `renewed`: called after each renewal with whether the fence is a new one. `failed`: called when the node of the
    lease does not answer. Publishing goes on meanwhile: who takes the lease over opens the symbols with a newer fence.
    """

    def __init__(
        self, lease: Lease, renewed: Callable[[bool], None], failed: Callable[[FeedUnavailable], None]
    ) -> None:
        self.due = asyncio.Event()
        self._lease = lease
        self._renewed = renewed
        self._failed = failed

    async def run(self) -> NoReturn:
        """Renew the lease until cancelled, on one connection after the other.

        Raises:
            LeaseLost: another producer has taken over the source.
        """
        while True:
            try:
                await self._renew()
            except FeedUnavailable as error:
                self._failed(error)
            await asyncio.sleep(_RETRY_S)

    async def _renew(self) -> NoReturn:
        connection = await self._lease.open_connection()
        try:
            check_replies(await connection.call(_LOAD))
            while True:
                fence = self._lease.fence
                await self._lease.renew(connection)
                self._renewed(self._lease.fence != fence)
                self.due.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._lease.renew_due_in_s):
                        await self.due.wait()
        finally:
            await connection.close()
