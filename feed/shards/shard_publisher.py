"""The publishing task of one primary of a cluster: it sends the spools of the symbols that the primary serves."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import NoReturn, Protocol

from tickql.feed.announcer import Announcer
from tickql.feed.connection import retry_until_available
from tickql.feed.errors import FeedUnavailable
from tickql.feed.keys import Keys
from tickql.feed.redis_address import Node
from tickql.feed.shards.shard_session import ShardSession
from tickql.feed.spool import Spool

_MIN_RECONNECT_S, _MAX_RECONNECT_S = 0.05, 1.0
"""Pause between two sessions. It doubles while the node accepts the connection but refuses what the session sends."""
_REDIRECT_PAUSE_S = 0.05
"""Pause after a redirect: the slot moves, and neither node may serve it for a moment."""


class SpoolOwner(Protocol):
    """What a shard publisher is a part of."""

    async def connect(self, node: Node) -> ShardSession:
        """Open a session."""

    def opened(self, node: Node, spools: Collection[Spool], rotations: int) -> None:
        """Take note of symbols that were opened. Some of them may not have been."""

    def sent(self, node: Node, spools: Collection[Spool], confirmed: int) -> None:
        """Take note of spools that were sent, and of how many ticks Redis has confirmed."""

    def turn_ended(self, node: Node, *, redirected: bool) -> None:
        """Take note of a turn without a fault. `redirected`: the node does not serve one of the symbols."""

    def failed(self, node: Node, error: FeedUnavailable) -> None:
        """Take note of a node that does not answer, or refuses."""


class ShardPublisher:
    """Sends spools to one node, in turns like those of `Publisher`.

    `spools` are those of the node, and `unconfirmed` those of them that may have ticks that Redis has not confirmed.
    While it `is_busy` a call may concern them.
    """

    def __init__(self, node: Node, keys: Keys, owner: SpoolOwner) -> None:
        self.spools: dict[str, Spool] = {}
        self.unconfirmed: dict[str, Spool] = {}
        self.work = asyncio.Event()
        """Set: there may be something to open or to send."""
        self.is_busy = False
        self._node = node
        self._announcer = Announcer(keys)
        self._owner = owner
        self._reconnect_s = _MIN_RECONNECT_S

    def add(self, spool: Spool) -> None:
        """Send this spool, too."""
        self.spools[spool.symbol] = spool
        if spool.unconfirmed:
            self.unconfirmed[spool.symbol] = spool
        self.work.set()

    def remove(self, spool: Spool) -> None:
        """Do not send this spool any more. Only while this publisher is not busy."""
        self.spools.pop(spool.symbol, None)
        self.unconfirmed.pop(spool.symbol, None)

    async def run(self) -> NoReturn:
        """Publish until cancelled, on one session after the other.

        Raises:
            Fenced: another producer has taken over one of the symbols.
        """
        while True:
            session = await retry_until_available(lambda: self._owner.connect(self._node), self._failed)
            try:
                await self._run_session(session)
            except FeedUnavailable as error:
                self._failed(error)
            finally:
                await session.close()
            await asyncio.sleep(self._reconnect_s)
            self._reconnect_s = min(2 * self._reconnect_s, _MAX_RECONNECT_S)

    def _failed(self, error: FeedUnavailable) -> None:
        self.is_busy = False
        self._owner.failed(self._node, error)

    async def _run_session(self, session: ShardSession) -> NoReturn:
        self.work.set()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._announcer.due_in_s()):
                    await self.work.wait()
            # Cleared before the spools are read: a tick that comes during the awaits below sets it again.
            self.work.clear()
            self.is_busy = True
            await self._turn(session)
            self.is_busy = False
            self._reconnect_s = _MIN_RECONNECT_S
            redirected, session.redirected = session.redirected, False
            self._owner.turn_ended(self._node, redirected=redirected)
            if redirected:
                await asyncio.sleep(_REDIRECT_PAUSE_S)
                self.work.set()

    async def _turn(self, session: ShardSession) -> None:
        # What has moved to another node since is closed here.
        session.open_symbols &= self.spools.keys()
        if len(session.open_symbols) < len(self.spools):
            closed = [spool for symbol, spool in self.spools.items() if symbol not in session.open_symbols]
            rotations = 0
            try:
                rotations = await session.open_spools(closed)
            finally:
                self._owner.opened(self._node, closed, rotations)
        active = [spool for symbol, spool in self.unconfirmed.items() if symbol in session.open_symbols]
        for spool in active:
            self._announcer.tick_sent(spool.symbol)
        quiet = [self.spools[symbol] for symbol in self._announcer.due_heartbeats(session.open_symbols)]
        heartbeats = [self._announcer.heartbeat_command(spool) for spool in quiet]
        self._owner.sent(self._node, active, await session.send_batches([*active, *quiet], heartbeats))
        if any(symbol in session.open_symbols for symbol in self.unconfirmed):
            self.work.set()
