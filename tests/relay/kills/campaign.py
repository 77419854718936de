"""A campaign: a market that never pauses, relays that are killed at random, and a broker that fails now and then."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.relay.kills.history import History
from tests.relay.kills.relays import Relays
from tests.relay.kills.target import CreateTarget, Target
from tests.support.market import quote
from tests.support.redis_server import RedisServer
from tests.support.waiting import PATIENT
from tickql.feed.history import History as StoredTicks
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings

_SYMBOLS = [f"S{number}" for number in range(20)]
_PERIOD_S = 0.02
_KEPT_TICKS = 10_000_000
_PAGE_TICKS = 2_000
_MAX_DELAY_S = 1.0
"""From the first tick after a fault to the next fault, at most: within some hundred batches."""
_FROZEN_S = 5.0
"""Longer than a lease: the standby takes over meanwhile."""
_STALLED_S = 90.0
"""How long no tick may come while some are missing."""


@dataclass
class Outcome:
    """What a campaign has shown."""

    seed: int
    faults: dict[str, int] = field(default_factory=dict)
    """How often each fault was made."""
    ticks: int = 0
    repeated: int = 0
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Campaign:
    """`runs` faults at a target, nine of ten of them kills of the relay that works."""

    def __init__(self, create: CreateTarget, folder: Path, seed: int, rate: int) -> None:
        """`rate`: ticks a second."""
        self._folder = folder
        self._random = random.Random(seed)
        self._rate = rate
        self._redis = RedisServer(_made(folder / "redis"), keeps_data=False)
        self._target: Target = create(_made(folder / "broker"))
        self._history = History(repeats=self._target.repeats)
        self._settings = FeedSettings(redis_url=self._redis.url, history_ticks=_KEPT_TICKS)
        environment = {"TICKQL_REDIS_URL": self._redis.url, "TICKQL_RELAY_TO": self._target.url}
        self._relays = Relays(_made(folder / "logs"), environment)
        self._outcome = Outcome(seed)
        self._is_ending = False

    def end_early(self) -> None:
        """Make no further fault, and judge what there was."""
        self._is_ending = True

    async def run(self, runs: int, report: Callable[[str], None]) -> Outcome:
        """Make `runs` faults, wait until everything has arrived, and judge."""
        began_s = time.monotonic()
        self._redis.start()
        try:
            await self._target.start()
            self._relays.start()
            consuming = asyncio.create_task(self._target.consume(self._history.take))
            try:
                async with Publisher(self._settings, "kills", spool_ticks=1_000_000) as publisher:
                    market = asyncio.create_task(self._trade(publisher))
                    for number in range(1, runs + 1):
                        if self._is_ending:
                            break
                        name = await self._fault()
                        self._outcome.faults[name] = self._outcome.faults.get(name, 0) + 1
                        report(f"{number:4} {name:20} {self._history.ticks} ticks, {self._history.repeated} repeated")
                    market.cancel()
                    await publisher.flush()
                await self._finish()
            finally:
                consuming.cancel()
                await asyncio.gather(consuming, return_exceptions=True)
        finally:
            self._relays.stop()
            self._target.server.stop()
            self._redis.stop()
        outcome, history = self._outcome, self._history
        outcome.ticks, outcome.repeated, outcome.violations = history.ticks, history.repeated, history.violations()
        outcome.seconds = time.monotonic() - began_s
        return outcome

    async def _trade(self, publisher: Publisher) -> None:
        numbers = dict.fromkeys(_SYMBOLS, 0)
        began_s, count = time.monotonic(), 0
        while True:
            while count < (time.monotonic() - began_s) * self._rate:
                symbol = self._random.choice(_SYMBOLS)
                numbers[symbol] += 1
                count += 1
                made = quote(numbers[symbol], symbol)
                self._history.publish(made)
                publisher.publish(made)
            await asyncio.sleep(_PERIOD_S)

    async def _fault(self) -> str:
        """Wait until ticks arrive, and then for a random moment; make one fault. Returns its name."""
        await self._until_ticks_come()
        await asyncio.sleep(self._random.uniform(0, _MAX_DELAY_S))
        faults: list[Callable[[], Awaitable[str]]] = [self._pause_relay, self._kill_broker, self._freeze_broker]
        fault = self._random.choice(faults) if self._random.random() < 0.1 else self._kill_relay
        return await fault()

    async def _until_ticks_come(self) -> None:
        ticks = self._history.ticks
        await self._history.changes.until(lambda: self._history.ticks > ticks, _STALLED_S)

    async def _kill_relay(self) -> str:
        self._relays.replace(await self._relays.wait_for_holder())
        return "relay killed"

    async def _pause_relay(self) -> str:
        """Stop the relay for so long that its standby takes over, and let it go on beside it."""
        holder = await self._relays.wait_for_holder()
        holder.freeze()
        await asyncio.sleep(_FROZEN_S)
        holder.thaw()
        return "relay paused"

    async def _kill_broker(self) -> str:
        self._target.server.kill()
        await self._target.start()
        return "broker killed"

    async def _freeze_broker(self) -> str:
        self._target.server.freeze()
        await asyncio.sleep(self._random.uniform(0.5, _FROZEN_S))
        self._target.server.thaw()
        return "broker frozen"

    async def _finish(self) -> None:
        history = self._history
        try:
            while not history.is_complete:
                await self._until_ticks_come()
        except TimeoutError:
            # The checker names what is missing.
            history.faults.append(f"ticks are missing, and none came for {_STALLED_S:.0f} s")
        async with StoredTicks(self._settings, PATIENT, keeps_messages=True) as stored:
            for symbol in _SYMBOLS:
                await self._store(stored, symbol)

    async def _store(self, stored: StoredTicks, symbol: str) -> None:
        """Compare the ticks of a symbol with what Redis has, in pieces."""
        page = await stored.page(symbol, first=_PAGE_TICKS)
        while page.ticks:
            self._history.store(list(page.ticks))
            page = await stored.page(symbol, first=_PAGE_TICKS, after=page.ticks[-1].cursor)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
