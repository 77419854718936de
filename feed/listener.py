"""The listener: the one pub/sub connection of a process, and how it recovers from lost messages and connections.

Order of the steps: subscribe, then read the stream from the ring's newest tick on, then drop what the ring already has.
Live messages wait in the socket meanwhile, so no tick falls between the stream and the subscription. The listener never
waits for a reader.
"""

import asyncio
import logging
import random
from collections.abc import Mapping

from tickql.feed.codec import decode_live
from tickql.feed.connection import RedisConnection, retry_until_available
from tickql.feed.errors import FeedUnavailable, InvalidMessage
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.history import History
from tickql.feed.monitor import Monitor
from tickql.feed.race import race
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql.feed.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.feed")

SILENCE_S = 3.0
"""Time without any message after which a connection is replaced. Producers send a heartbeat each second."""
_MAX_SILENCE_S = 30.0
"""Without a producer there are no heartbeats either. The timeout doubles up to this value, until a message arrives."""
_MIN_RECONNECT_S, _MAX_RECONNECT_S = 0.02, 1.0
"""Pause between two connections. It doubles while Redis accepts the connection and then answers nothing."""
_READ_TICKS = 500
"""Ticks read from the stream in one call, so that one call stays far below its timeout."""


class Listener:
    """Keeps the rings of the symbols in `followed` complete. Call `refresh` after each change of that mapping.

    Three tasks run on each connection. `_receive` is the only reader of the socket and the only task that appends to
    rings: while it reads a stream, live messages wait. `_subscribe` is the only sender and the only task that sets
    `_channels`. `_watch_silence` only compares times.
    """

    def __init__(
        self,
        settings: FeedSettings,
        followed: Mapping[str, FollowedSymbol],
        monitor: Monitor,
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        self._settings = settings
        self._followed = followed
        self._monitor = monitor
        self._timings = timings
        # Not the History of the follower: many readers that catch up would occupy its connections, and the live ticks
        # of all symbols would wait for them.
        self._history = History(settings, timings)
        self._changed = asyncio.Event()
        self._channels: dict[bytes, FollowedSymbol | None] = {}
        """The subscribed channels: one for each symbol, and the status channel (`None`)."""
        self._received_s = 0.0
        self._silence_s = SILENCE_S
        self._reconnect_s = _MIN_RECONNECT_S

    def refresh(self) -> None:
        """Subscribe and unsubscribe after `followed` has changed."""
        self._changed.set()

    async def close(self) -> None:
        """Close the connections for reading streams. Call it after `run` has ended."""
        await self._history.close()

    async def run(self) -> None:
        """Listen until cancelled, on one connection after the other."""
        while True:
            connection = await retry_until_available(self._connect, self._monitor.redis_lost)
            try:
                await self._listen(connection)
            except FeedUnavailable as error:
                logger.info("reconnecting to redis: %s", error)
            except Exception:
                # One listener serves the whole process: a defect costs a reconnect, not the feed.
                logger.exception("reconnecting to redis after an unexpected error")
            finally:
                await connection.close()
            await asyncio.sleep(random.uniform(0.5, 1.0) * self._reconnect_s)
            self._reconnect_s = min(2 * self._reconnect_s, _MAX_RECONNECT_S)

    async def _connect(self) -> RedisConnection:
        return await RedisConnection.open(self._settings.redis_url, self._timings.redis_call_s)

    async def _listen(self, connection: RedisConnection) -> None:
        """Listen on one connection until it fails."""
        self._received_s = asyncio.get_running_loop().time()
        await race(self._receive(connection), self._watch_silence(), self._subscribe(connection))

    async def _subscribe(self, connection: RedisConnection) -> None:
        """Keep the subscriptions equal to the followed symbols.

        A symbol that was dropped and is followed again has a new, empty ring. It is subscribed again: Redis confirms a
        second SUBSCRIBE too, and the confirmation makes `_receive` fill the ring.
        """
        keys = self._settings.keys
        self._channels = {}
        while True:
            # Cleared before `followed` is read: a `refresh` during the awaits below starts another turn.
            self._changed.clear()
            before = self._channels
            wanted: dict[bytes, FollowedSymbol | None] = {keys.status.encode(): None}
            wanted.update((keys.channel(symbol).encode(), followed) for symbol, followed in self._followed.items())
            # Set before SUBSCRIBE is sent: `_receive` must know the channel when the confirmation arrives.
            self._channels = wanted
            new = [name for name in wanted if name not in before or before[name] is not wanted[name]]
            if new:
                await connection.send(("SUBSCRIBE", *new))
            if before.keys() - wanted.keys():
                await connection.send(("UNSUBSCRIBE", *(before.keys() - wanted.keys())))
            await self._changed.wait()

    async def _watch_silence(self) -> None:
        # A task instead of a timeout around each `receive`: such a timeout costs as much as reading the message.
        now_s = asyncio.get_running_loop().time
        while True:
            quiet_s, silence_s = now_s() - self._received_s, self._silence_s
            if quiet_s >= silence_s:
                self._silence_s = min(2 * silence_s, _MAX_SILENCE_S)
                raise FeedUnavailable(f"no message for {silence_s:g} s")
            await asyncio.sleep(silence_s - quiet_s)

    async def _receive(self, connection: RedisConnection) -> None:
        now_s = asyncio.get_running_loop().time
        while True:
            kind, channel, data = await connection.receive()
            self._received_s = now_s()
            if kind == b"message":
                self._silence_s = SILENCE_S
            # A message of a channel that was just unsubscribed may still arrive.
            if channel not in self._channels:
                continue
            followed = self._channels[channel]
            if followed is None:
                await self._receive_status(kind, data)
            elif kind == b"subscribe" or (kind == b"message" and self._apply(followed, data)):
                await self._fill(followed)

    async def _receive_status(self, kind: bytes, data: bytes) -> None:
        if kind == b"message":
            self._monitor.add_report(data)
        elif kind == b"subscribe":
            # Subscribed first, then read: no report between the two is missed.
            for report in (await self._history.producer_reports()).values():
                self._monitor.add_report(report)
            self._monitor.redis_connected()
            self._reconnect_s = _MIN_RECONNECT_S

    def _apply(self, followed: FollowedSymbol, data: bytes) -> bool:
        """Append a live tick. Returns whether ticks before it are missing, so that the stream has to be read."""
        try:
            live = decode_live(data)
        except InvalidMessage as error:
            logger.warning("%s: skipped an invalid message: %s", followed.symbol, error)
            return False
        if isinstance(live, Cursor):
            return followed.is_behind(live)
        if not followed.is_contiguous(live.cursor):
            return True
        followed.append(live)
        return False

    async def _fill(self, followed: FollowedSymbol) -> None:
        """Read the stream after the ring's newest tick to its end; for an empty ring, as many ticks as fit."""
        while True:
            newest = followed.ring.newest
            count = followed.ring.capacity if newest is None else _READ_TICKS
            head = await self._history.read_stream(followed.symbol, None if newest is None else newest.cursor, count)
            ticks = head.ticks if head is not None else ()
            for tick in ticks:
                followed.append(tick)
            if len(ticks) < count or newest is None:
                break
        followed.synced.set()
