"""The one connection of a process on which it hears ticks, and what is done when it fails or a message is missing.

Subscribe first, then read the stream from the position, then drop what was seen already: live messages wait in the
socket meanwhile, so nothing falls between. The listener never waits on a reader.
"""

import asyncio
import logging
import random
from collections.abc import Mapping

from tickql.feed.codec import decode_live
from tickql.feed.connection import RedisConnection, until_redis_answers
from tickql.feed.errors import FeedUnavailable, InvalidMessage
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.history import History
from tickql.feed.monitor import Monitor
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor

logger = logging.getLogger("tickql.feed")

SILENCE_S = 3.0
"""Heartbeats come each second: a connection on which nothing is heard for so long is replaced."""
_LONGEST_SILENCE_S = 30.0
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 1.0
"""Between two connections: longer each time that Redis takes a connection and then answers nothing."""
_PAGE_TICKS = 500


class Listener:
    """Keeps the rings of the symbols in `followed` complete. Whoever changes that mapping calls `refresh`."""

    def __init__(self, settings: FeedSettings, followed: Mapping[str, FollowedSymbol], monitor: Monitor) -> None:
        self._settings = settings
        self._followed = followed
        self._monitor = monitor
        # Of its own, so that readers who catch up do not hold up everybody's ticks.
        self._history = History(settings)
        self._changed = asyncio.Event()
        self._channels: dict[bytes, FollowedSymbol | None] = {}
        """What is subscribed: each symbol's own channel, and that of the statuses."""
        self._heard_s = 0.0
        self._silence_s = SILENCE_S
        self._pause_s = _SHORTEST_PAUSE_S

    def refresh(self) -> None:
        """The symbols to be followed are others than before."""
        self._changed.set()

    async def close(self) -> None:
        """Close the connections for reading; `run` must have ended."""
        await self._history.close()

    async def run(self) -> None:
        """Listen for ever, on one connection after the other."""
        while True:
            wire = await until_redis_answers(lambda: RedisConnection.open(self._settings.redis_url), self._monitor.lost)
            try:
                await self._listen(wire)
            except FeedUnavailable as error:
                logger.info("listening anew: %s", error)
            except Exception:
                logger.exception("listening anew after what should not have happened")
            finally:
                await wire.close()
            await asyncio.sleep(random.uniform(0.5, 1.0) * self._pause_s)
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    async def _listen(self, wire: RedisConnection) -> None:
        """Listen on one connection until it fails."""
        # No task group: Python 3.11's forgets that it was cancelled when one of its tasks fails in the same moment.
        self._heard_s = asyncio.get_running_loop().time()
        work = (self._hear(wire), self._notice_silence(), self._subscribe(wire))
        tasks = [asyncio.create_task(each) for each in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _subscribe(self, wire: RedisConnection) -> None:
        """Keep the channels subscribed in step with the symbols followed.

        A symbol that was dropped and is followed again is subscribed again: the confirmation has it read.
        """
        keys = self._settings.keys
        self._channels = {}
        while True:
            self._changed.clear()
            before = self._channels
            wanted: dict[bytes, FollowedSymbol | None] = {keys.status.encode(): None}
            wanted.update((keys.channel(symbol).encode(), followed) for symbol, followed in self._followed.items())
            self._channels = wanted
            new = [name for name in wanted if name not in before or before[name] is not wanted[name]]
            if new:
                await wire.send(("SUBSCRIBE", *new))
            if before.keys() - wanted.keys():
                await wire.send(("UNSUBSCRIBE", *(before.keys() - wanted.keys())))
            await self._changed.wait()

    async def _notice_silence(self) -> None:
        """A task of its own: a deadline around each message would cost as much as reading it."""
        now_s = asyncio.get_running_loop().time
        while True:
            quiet_s, silence_s = now_s() - self._heard_s, self._silence_s
            if quiet_s >= silence_s:
                self._silence_s = min(2 * silence_s, _LONGEST_SILENCE_S)
                raise FeedUnavailable(f"nothing heard for {silence_s:g} s")
            await asyncio.sleep(silence_s - quiet_s)

    async def _hear(self, wire: RedisConnection) -> None:
        now_s = asyncio.get_running_loop().time
        while True:
            kind, channel, data = await wire.receive()
            self._heard_s = now_s()
            if kind == b"message":
                self._silence_s = SILENCE_S
            if channel not in self._channels:
                continue
            followed = self._channels[channel]
            if followed is None:
                await self._hear_status(kind, data)
            elif kind == b"subscribe" or (kind == b"message" and self._take(followed, data)):
                await self._sync(followed)

    async def _hear_status(self, kind: bytes, data: bytes) -> None:
        if kind == b"message":
            self._monitor.hear(data)
        elif kind == b"subscribe":
            for report in (await self._history.reports()).values():
                self._monitor.hear(report)
            self._monitor.found()
            self._pause_s = _SHORTEST_PAUSE_S

    def _take(self, followed: FollowedSymbol, data: bytes) -> bool:
        """Append a live tick. True: something is missing before it, so read the stream."""
        try:
            live = decode_live(data)
        except InvalidMessage as error:
            logger.warning("%s: skipped a message that is none: %s", followed.symbol, error)
            return False
        if isinstance(live, Cursor):
            return followed.behind(live)
        if not followed.follows(live.cursor):
            return True
        followed.append(live)
        return False

    async def _sync(self, followed: FollowedSymbol) -> None:
        """Read the stream from the ring's newest tick on; at the first time, as much as the ring holds."""
        while True:
            newest = followed.ring.newest
            count = followed.ring.capacity if newest is None else _PAGE_TICKS
            head = await self._history.read(followed.symbol, None if newest is None else newest.cursor, count)
            ticks = head.ticks if head is not None else ()
            for tick in ticks:
                followed.append(tick)
            if len(ticks) < count or newest is None:
                break
        followed.synced.set()
