"""The relay: waits for its lease as a standby, then passes the feed on to its sink, through outages of the broker."""

import asyncio
import logging
import random
import time
from typing import NoReturn

from tickql.feed.connection import retry_until_available
from tickql.feed.errors import LeaseLost
from tickql.feed.follower import Follower
from tickql.feed.history import History
from tickql.feed.lease import Lease
from tickql.feed.lease_subject import LeaseSubject
from tickql.feed.log_damping import LogDamper
from tickql.feed.race import race
from tickql.relay.address import SinkAddress
from tickql.relay.errors import SinkFenced, SinkUnavailable
from tickql.relay.session import Session, Start
from tickql.relay.sink import RelayContext, Sink
from tickql.relay.sinks import create_sink
from tickql.relay.tally import Tally

logger = logging.getLogger("tickql.relay")

_RING_TICKS = 100_000
"""Ticks that the rings of all symbols keep together, some 80 MB. What they lack is read from Redis."""
_MIN_RING, _MAX_RING = 64, 4096
_MIN_PAUSE_S, _MAX_PAUSE_S = 0.1, 2.0
"""Pause before the sink is opened again. It doubles until a sink could be opened."""
_FENCED_PAUSE_S = 2.0
"""Pause of a relay that the broker has fenced off. Two relays with the same name and different Redis servers would
otherwise fence each other off all the time."""


class Relay:
    """Passes one feed on to one sink. `start`: where it begins if the broker has no place of it."""

    def __init__(self, address: SinkAddress, context: RelayContext, tally: Tally, start: Start = Start.OLDEST) -> None:
        self._address = address
        self._context = context
        self._tally = tally
        self._start = start
        self._damper = LogDamper()
        self._pause_s = _MIN_PAUSE_S

    async def run(self) -> NoReturn:
        """Relay whenever the lease is held, until cancelled.

        Raises:
            InvalidAddress, ExtraMissing: see `create_sink`; nothing was connected.
            SinkRefused: the broker refuses what only a person can change.
        """
        create_sink(self._address, self._context)
        settings, name = self._context.settings, self._context.name
        while True:
            try:
                async with Lease(settings, name, subject=LeaseSubject.relay(settings.keys, name)) as lease:
                    await lease.acquire()
                    logger.info("relay %s passes the feed on to %s", name, self._address)
                    self._tally.is_holder = True
                    await race(lease.hold(), self._relay(lease))
            except LeaseLost as lost:
                logger.warning("%s", lost)
            except SinkFenced as fenced:
                logger.warning("%s: is there a relay %s with another Redis?", fenced, name)
                await asyncio.sleep(random.uniform(0.5, 1.0) * _FENCED_PAUSE_S)
            finally:
                self._tally.is_holder = self._tally.is_broker_up = False

    async def _relay(self, lease: Lease) -> NoReturn:
        async with Follower(self._context.settings, await self._ring_ticks(), keeps_messages=True) as follower:
            while True:
                sink = create_sink(self._address, self._context)
                try:
                    await self._run_session(follower, sink, lease)
                except SinkUnavailable as error:
                    self._broker_down(error)
                finally:
                    await sink.close()
                await asyncio.sleep(random.uniform(0.5, 1.0) * self._pause_s)
                self._pause_s = min(2 * self._pause_s, _MAX_PAUSE_S)

    async def _run_session(self, follower: Follower, sink: Sink, lease: Lease) -> NoReturn:
        places = await sink.open()
        self._broker_up()
        await Session(follower, sink, places, lease, self._tally, self._start).run()

    async def _ring_ticks(self) -> int:
        async with History(self._context.settings) as history:
            count = len(await retry_until_available(history.symbols))
        return max(_MIN_RING, min(_MAX_RING, _RING_TICKS // max(1, count)))

    def _broker_up(self) -> None:
        tally = self._tally
        tally.is_broker_up = True
        tally.opens += 1
        self._pause_s = _MIN_PAUSE_S
        if tally.failures and self._damper.is_due("up", time.monotonic()):
            logger.warning("%s is reachable again: the relay %s continues", self._address, self._context.name)

    def _broker_down(self, error: SinkUnavailable) -> None:
        self._tally.is_broker_up = False
        self._tally.failures += 1
        if self._damper.is_due("down", time.monotonic()):
            logger.warning("%s: the relay %s waits for it, and ticks wait in Redis", error, self._context.name)
