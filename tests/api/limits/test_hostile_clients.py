"""What one client did to all others before there were limits: the same inputs, each refused, and nobody notices.

The inputs are those of `make hostile`, which also measures how late the neighbours' ticks are.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest

from bench.hostile.cases import CASES
from bench.hostile.client import Target
from bench.hostile.connections import halves
from bench.hostile.requests import MALFORMED as BODIES
from bench.hostile.resources import sample
from bench.hostile.sockets import MALFORMED as MESSAGES
from tests.support.graphql_client import Api, Stream
from tests.support.market import Market, open_market
from tests.support.process import program
from tests.support.waiting import DEADLINE_S
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings

_MEMORY_MB = 50
_PATIENCE_S = 1.0
"""How long an attacker goes on waiting for an answer that it need not get."""
_ALLOWED = {
    *("the-dearest-page", "a-thousand-dear-tokens", "a-board-of-aliases", "a-long-accept", "broken-off-bodies"),
    *("different-paces", "many-statuses", "a-byte-at-a-time", halves.__name__),
}
"""What is not refused, or only after seconds: it costs little."""
_REFUSALS = {
    "many-symbols-times-aliases": {"400 BAD_USER_INPUT": 1},
    "a-page-times-aliases": {"200 LIMIT_EXCEEDED": 1},
    "a-thousand-refused-tokens": {"200 LIMIT_EXCEEDED": 1},
    "an-endless-header": {"431 BAD_REQUEST": 1},
    "a-million-headers": {"431 BAD_REQUEST": 1},
    "a-foreign-page": {"403 FORBIDDEN": 1, "421 MISDIRECTED_REQUEST": 1},
    "pings": {"closed": 1},
    "unread-pongs": {"closed": 1},
    "empty-pieces": {"closed": 1},
    "small-messages": {"closed": 1},
    "malformed-messages": {"4400": len(MESSAGES) - 1, "1007": 1},
    "malformed-bodies": {"400 BAD_REQUEST": len(BODIES)},
    "long-aliases": {"LIMIT_EXCEEDED": 90},
}
"""How the attackers are answered: an HTTP status with a code, a close code, or the code of an operation's error. A
flood is `closed`: its close code, 1008, may be lost."""
_QUICK = ["many-symbols-times-aliases", "a-page-times-aliases", "an-endless-header", "pings", "empty-pieces"]


class Neighbour:
    """A client that is subscribed to ES in a server of its own process."""

    def __init__(self, api: Api, pid: int, market: Market, ticks: Stream) -> None:
        self.pid = pid
        self.target = Target(int(api.url.rpartition(":")[2]))
        self._market = market
        self._ticks = ticks

    async def suffers(self, names: Iterable[str]) -> None:
        """Check that each attack is refused as it should be, while each tick arrives."""
        for name in names:
            self.target.answers.clear()
            self.target.patience_s = DEADLINE_S if name in _REFUSALS else _PATIENCE_S
            attack = asyncio.create_task(CASES[name].attack(self.target, 0))
            while not attack.done():
                await self._is_served()
            await attack
            await self._is_served()
            for answer, count in _REFUSALS.get(name, {}).items():
                assert self.target.answers[answer] == count, (name, self.target.answers)

    async def _is_served(self) -> None:
        self._market.tick()
        tick = await self._ticks.next()
        assert (tick["seq"], tick["gap"]) == (self._market.seqs["ES"], None)
        await asyncio.sleep(0.02)


@asynccontextmanager
async def _neighbour(feed: FeedSettings) -> AsyncIterator[Neighbour]:
    port = free_port()
    environment = {"TICKQL_REDIS_URL": feed.redis_url, "TICKQL_NAMESPACE": feed.namespace}
    async with program("-m", "tickql", "serve", "--port", str(port), environment=environment) as server:
        await server.says("listening")
        api = Api(f"http://127.0.0.1:{port}")
        async with open_market(feed) as market:
            market.tick(count=1000)
            await market.publisher.flush()
            async with api.ticks() as ticks:
                await ticks.next()
                yield Neighbour(api, server.process.pid, market, ticks)
    assert not any("Traceback" in line for line in server.output)


async def test_hostile_inputs_are_refused_and_a_neighbour_gets_each_tick(feed_settings: FeedSettings) -> None:
    async with _neighbour(feed_settings) as neighbour:
        await neighbour.suffers(_QUICK)


@pytest.mark.long
async def test_all_hostile_inputs_are_refused_and_cost_little_memory(feed_settings: FeedSettings) -> None:
    async with _neighbour(feed_settings) as neighbour:
        # Once before, so that what first requests make the server allocate is there.
        await neighbour.suffers(_QUICK)
        before_mb = sample(neighbour.pid).mb
        for name in CASES.keys() - {"a-byte-at-a-time"}:
            await neighbour.suffers([name])
            assert sample(neighbour.pid).mb < before_mb + _MEMORY_MB, name


def test_every_hostile_input_is_refused_or_known_to_be_allowed() -> None:
    assert CASES.keys() - _REFUSALS.keys() - _ALLOWED == {"invented-symbols", "different-selections"}
