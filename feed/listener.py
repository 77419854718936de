"""The listener: the one pub/sub connection of a process, and how it recovers from lost messages and connections.

Order of the steps: subscribe, then read the stream from the ring's newest tick on, then drop what the ring already has.
A live tick that is not the next one of its symbol is not appended: the stream is read once more. So no tick falls
between the stream and the subscription. The listener never waits for a reader.
"""

import asyncio
import logging
import random
import time
from collections.abc import Collection, Mapping
from contextlib import suppress

from tickql.feed.codec import decode_live
from tickql.feed.connect import open_connection, watch_server
from tickql.feed.connection import RedisConnection, retry_until_available
from tickql.feed.errors import FeedRefused, FeedUnavailable, InvalidMessage
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.history import History
from tickql.feed.listener_stats import ListenerStats
from tickql.feed.log_damping import LogDamper
from tickql.feed.monitor import Monitor
from tickql.feed.race import race
from tickql.feed.rights import check_reader_rights, reader_rights
from tickql.feed.server_facts import FACTS_COMMANDS, ServerFacts
from tickql.feed.settings import FeedSettings
from tickql.feed.silence_watch import SilenceWatch
from tickql.feed.stream_filler import FILLERS, StreamFiller
from tickql.feed.symbol_lookup import look_up
from tickql.feed.tick import Cursor, Tick
from tickql.feed.timings import DEFAULT_TIMINGS, Timings

logger = logging.getLogger("tickql.feed")

_MIN_RECONNECT_S, _MAX_RECONNECT_S = 0.02, 1.0
"""Pause between two connections. It doubles while Redis accepts the connection and then answers nothing."""
_NEW_SYMBOLS_S = 2.0
"""How often symbols that no producer has opened are looked up, as the announcement of a new one may be lost."""


class Listener:
    """Keeps the rings of the symbols in `followed` complete. Call `refresh` after each change of that mapping.

    These tasks run on each connection. `_receive` is the only reader of the socket. `_subscribe` is the only sender and
    the only task that sets `_channels`. `StreamFiller.run`, several times, reads streams: live messages of no symbol
    wait for that. `SilenceWatch` only counts.

    A symbol that no producer has opened costs no channel: its readers wait until a producer announces it.
    """

    def __init__(
        self,
        settings: FeedSettings,
        followed: Mapping[str, FollowedSymbol],
        monitor: Monitor,
        timings: Timings = DEFAULT_TIMINGS,
        history: History | None = None,
        *,
        keeps_messages: bool = False,
    ) -> None:
        """`history`: what reads the streams; `None`: one of its own."""
        self._keeps_messages = keeps_messages
        self.stats = ListenerStats()
        self._damper = LogDamper()
        self._settings = settings
        self._followed = followed
        self._monitor = monitor
        self._timings = timings
        # Not the History of the follower: many readers that catch up would occupy its connections, and the live ticks
        # of all symbols would wait for them.
        self._history = history or History(settings, timings, keeps_messages=keeps_messages)
        self._filler = StreamFiller(self._history, timings.repair_wait_s)
        self._changed = asyncio.Event()
        self._channels: dict[bytes, FollowedSymbol | None] = {}
        """The subscribed channels: one for each symbol, and those of the status and of new symbols (`None`)."""
        self._silence = SilenceWatch()
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
            connection = await retry_until_available(self._connect, self._lost)
            self.stats.connects += 1
            self._damper.is_due("connected", time.monotonic())
            try:
                await self._listen(connection)
            except FeedRefused as error:
                self._lost(error)
            except FeedUnavailable as error:
                self._broken(error)
            except Exception:
                # One listener serves the whole process: a defect costs a reconnect, not the feed.
                logger.exception("reconnecting to redis after an unexpected error")
            finally:
                await connection.close()
            await asyncio.sleep(random.uniform(0.5, 1.0) * self._reconnect_s)
            self._reconnect_s = min(2 * self._reconnect_s, _MAX_RECONNECT_S)

    def _lost(self, error: FeedUnavailable) -> None:
        """Note that Redis cannot be reached, or refuses what a listener needs."""
        self._monitor.redis_lost(error)

    def _broken(self, error: FeedUnavailable) -> None:
        """Note that a connection broke. One that breaks again and again is logged seldom; the metrics count each."""
        if self._damper.is_due("broken", time.monotonic()):
            logger.info("reconnecting to redis: %s", error)

    def _connected(self) -> None:
        """Note that Redis answers what a listener needs."""
        self._monitor.redis_connected()
        self._reconnect_s = _MIN_RECONNECT_S

    async def _connect(self) -> RedisConnection:
        connection = await self._open()
        try:
            facts = ServerFacts.from_replies(await connection.call(*FACTS_COMMANDS))
            facts.check_kind(expects_cluster=self._settings.keys.is_sharded)
            await check_reader_rights(connection, reader_rights(self._settings.keys))
        except BaseException:
            await connection.close()
            raise
        self._monitor.set_caution(facts.evicts)
        return connection

    async def _open(self) -> RedisConnection:
        # The connections for streams that are kept may lead to another server, which was the primary before.
        await self._history.close()
        return await open_connection(self._settings.redis_url, self._settings.keys.status, self._timings.redis_call_s)

    async def _listen(self, connection: RedisConnection) -> None:
        """Listen on one connection until it fails."""
        self._filler.clear()
        fillers = (self._filler.run() for _ in range(FILLERS))
        silence = self._silence.run(self._expects_messages)
        server = watch_server(self._settings.redis_url, connection, self._timings.redis_call_s)
        await race(self._receive(connection), self._subscribe(connection), silence, server, *fillers)

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
            await look_up(self._followed.values(), self._history)
            before, followed = self._channels, dict(self._followed)
            wanted: dict[bytes, FollowedSymbol | None] = dict.fromkeys(self._announcement_channels())
            wanted |= {keys.channel(symbol).encode(): each for symbol, each in followed.items() if each.exists}
            # Set before SUBSCRIBE is sent: `_receive` must know the channel when the confirmation arrives.
            self._channels = wanted
            new = [name for name in wanted if name not in before or before[name] is not wanted[name]]
            dropped = [name for name in before if name not in wanted]
            if commands := [*keys.subscribe(new), *keys.unsubscribe(self._to_unsubscribe(dropped))]:
                await connection.send(*commands)
            with suppress(TimeoutError):
                async with asyncio.timeout(None if all(each.exists for each in followed.values()) else _NEW_SYMBOLS_S):
                    await self._changed.wait()

    def _announcement_channels(self) -> list[bytes]:
        """Return the channels of reports and of new symbols."""
        keys = self._settings.keys
        return [keys.status.encode(), keys.symbols.encode()]

    def _to_unsubscribe(self, dropped: list[bytes]) -> list[bytes]:
        """Return those channels of which this connection has to end the subscription itself."""
        return dropped

    def _expects_messages(self) -> bool:
        # Producers report, and send heartbeats of their symbols, each second. A new symbol is rare.
        return bool(self._channels.keys() - {self._settings.keys.symbols.encode()})

    async def _receive(self, connection: RedisConnection) -> None:
        keys, silence = self._settings.keys, self._silence
        message, subscribed = keys.message_kind, keys.subscribe_name.lower().encode()
        while True:
            kind, channel, data = await connection.receive()
            silence.has_received = True
            if kind == message:
                silence.has_message = True
            # A message of a channel that was just unsubscribed may still arrive.
            if channel not in self._channels:
                continue
            followed = self._channels[channel]
            if kind == message and followed is not None:
                self._apply(followed, data)
            elif kind != message and kind != subscribed:
                self._unsubscribed(channel)
            elif followed is None:
                await self._receive_announcement(kind == message, channel, data)
            else:
                self._filler.request(followed)

    def _unsubscribed(self, channel: bytes) -> None:
        """Note that a subscription has ended: on one server only because this connection has ended it."""

    async def _receive_announcement(self, is_message: bool, channel: bytes, data: bytes) -> None:
        if channel == self._settings.keys.status.encode():
            await self._receive_status(is_message, data)
        else:
            # At the confirmation: symbols that were opened between the look-up and the subscription.
            self._announce(data.decode(errors="replace").split() if is_message else None)

    def _announce(self, symbols: Collection[str] | None) -> None:
        """Take note that a producer has opened these symbols; `None`: it may have opened any."""
        self.symbols_opened(symbols)

    def symbols_opened(self, symbols: Collection[str] | None) -> None:
        """Look up the followed symbols again, if a producer has just opened one of these; `None`: it may be any."""
        if symbols is None or any(symbol in self._followed and not self._followed[symbol].exists for symbol in symbols):
            self._changed.set()

    async def _receive_status(self, is_message: bool, data: bytes) -> None:
        if is_message:
            self._monitor.add_report(data)
        else:
            # Subscribed first, then read: no report between the two is missed.
            for report in (await self._history.producer_reports()).values():
                self._monitor.add_report(report)
            self._connected()

    def _apply(self, followed: FollowedSymbol, data: bytes) -> None:
        """Append a live tick. If ticks before it are missing, or it is of another epoch, have the stream read."""
        try:
            live = decode_live(data, keep=self._keeps_messages)
        except InvalidMessage as error:
            logger.warning("%s: skipped an invalid message: %s", followed.symbol, error)
            return
        cursor = live if isinstance(live, Cursor) else live.cursor
        if cursor.symbol != followed.symbol:
            logger.warning("%s: skipped a message of %s", followed.symbol, cursor.symbol)
        elif isinstance(live, Tick) and followed.is_contiguous(cursor):
            followed.append(live)
        elif followed.is_behind(cursor):
            followed.claimed_epoch = cursor.epoch
            self.stats.resyncs += 1
            self._filler.request(followed)
