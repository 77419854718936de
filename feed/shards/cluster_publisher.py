"""The publisher on a cluster: a publishing task for each primary, one for the lease, and one for the reports.

A primary that fails stops the ticks of its own slots only. When its replica is promoted, the symbols are opened there:
what the replica did not have is sent again from the spools, as after a crash of one server. A slot that moves is the
same, only shorter.
"""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import NoReturn

from tickql.feed.cluster.redirects import is_redirect
from tickql.feed.cluster.topology import Topology
from tickql.feed.cluster.topology_follower import TopologyFollower
from tickql.feed.connect import open_connection
from tickql.feed.connection import Command, RedisConnection, check_replies, retry_until_available
from tickql.feed.errors import FeedUnavailable
from tickql.feed.lease import Lease
from tickql.feed.pool import make_pool
from tickql.feed.publish_session import now_us
from tickql.feed.publisher import SPOOL_TICKS, Publisher
from tickql.feed.race import race
from tickql.feed.redis_address import Node, RedisAddress
from tickql.feed.settings import FeedSettings
from tickql.feed.shards.lease_keeper import LeaseKeeper
from tickql.feed.shards.shard_publisher import ShardPublisher
from tickql.feed.shards.shard_session import ShardSession
from tickql.feed.shards.spool_assignment import SpoolAssignment
from tickql.feed.spool import Spool
from tickql.feed.timings import DEFAULT_TIMINGS, Timings
from tickql.feed.tracing.publish_tracer import PublishTracer

_RETRY_S = 0.1
"""Pause after a call for the lease or the reports that failed."""
_CALLS = 2
_LEASE, _REPORTS = "lease", "reports"


class ClusterPublisher(Publisher):
    """Publishes the ticks of one producer to all primaries. To its owner it is a `Publisher`.

    All methods and tasks run on one event loop; each spool belongs to the `ShardPublisher` of one node.
    """

    def __init__(
        self,
        settings: FeedSettings,
        source: str,
        spool_ticks: int = SPOOL_TICKS,
        lease: Lease | None = None,
        timings: Timings = DEFAULT_TIMINGS,
        clock_us: Callable[[], int] = now_us,
        tracer: PublishTracer | None = None,
    ) -> None:
        super().__init__(settings, source, spool_ticks, lease, timings, clock_us, tracer)
        self._topology = Topology(RedisAddress.parse(settings.redis_url), timings.redis_call_s, logs=True)
        self._topology.on_change.append(self._reconcile)
        self._topology_follower = TopologyFollower(self._topology, lambda: not self._faults, self._no_node_answers)
        self._assignment = SpoolAssignment(settings.keys, self._topology)
        self._shards = self._assignment.shards
        self._pool = make_pool(settings.redis_url, timings.redis_call_s, _CALLS, self._topology)
        self._tasks: dict[Node, asyncio.Task[NoReturn]] = {}
        self._faults: dict[Node | str, FeedUnavailable] = {}
        self._failure: asyncio.Future[NoReturn]
        self._lease_keeper = None if lease is None else LeaseKeeper(lease, self._lease_renewed, self._lease_failed)
        self._opened: set[str] = set()
        self._registrations: list[Command] = []
        """What is to be sent to the node that has the set of symbols."""
        self._are_reports_sent = True

    # For the shard publishers: see `SpoolOwner`.

    async def connect(self, node: Node) -> ShardSession:
        """Open a session to a node."""
        connection = await RedisConnection.open(self._topology.url_of(node))
        session = await ShardSession.begin(
            connection, self._settings, self._writer, self._fence, self._lease, self._clock_us
        )
        self.stats.connects += 1
        self._cautions.record(session.facts)
        return session

    def opened(self, node: Node, spools: Collection[Spool], rotations: int) -> None:
        """Take note of symbols that were opened."""
        self.stats.rotations += rotations
        self._memory.take_back(spools)
        for spool in spools:
            # To open a symbol again may take back what was confirmed.
            if spool.unconfirmed:
                self._unconfirmed[spool.symbol] = spool
                if node in self._shards:
                    self._shards[node].unconfirmed[spool.symbol] = spool
        new = {spool.symbol for spool in spools if spool.epoch} - self._opened
        if new:
            self._opened |= new
            keys = self._settings.keys
            self._registrations += [("SADD", keys.symbols, *new), keys.publish(keys.symbols, " ".join(new))]
            self._work.set()

    def sent(self, node: Node, spools: Collection[Spool], confirmed: int) -> None:
        """Take note of spools that were sent."""
        self.stats.published += confirmed
        if self._tracer is not None:
            self._tracer.confirmed(spools, self._clock_us())
        for spool in spools:
            if not spool.unconfirmed:
                # A node that no longer serves anything may have been dropped in this moment.
                if node in self._shards:
                    self._shards[node].unconfirmed.pop(spool.symbol, None)
                self._unconfirmed.pop(spool.symbol, None)

    def turn_ended(self, node: Node, *, redirected: bool) -> None:
        """Take note of a turn without a fault."""
        self._well(node)
        if self._lease_keeper is not None and self._lease is not None and self._lease.renew_due_in_s <= 0:
            self._lease_keeper.due.set()
        if redirected:
            self._topology_follower.outdated.set()
        self._assignment.assign_moved()
        self._check_idle()

    def failed(self, node: Node, error: FeedUnavailable) -> None:
        """Take note of a node that does not answer, or refuses."""
        self._topology_follower.outdated.set()
        self._fault(node, error)
        self._assignment.assign_moved()

    # Spools and nodes.

    def _spooled(self, spool: Spool) -> None:
        self._unconfirmed[spool.symbol] = spool
        self._idle.clear()
        shard = self._assignment.shard_of(spool)
        if shard is not None:
            shard.unconfirmed[spool.symbol] = spool
            shard.work.set()

    def _new_spool(self, symbol: str) -> Spool:
        spool = super()._new_spool(symbol)
        self._assignment.assign(spool)
        return spool

    def _reconcile(self) -> None:
        """Have a shard publisher for each primary, and none for any other node."""
        nodes = self._topology.slots.nodes
        for node in self._shards.keys() - nodes:
            self._tasks.pop(node).cancel()
            self._assignment.drop(node)
            self._well(node)
        for node in nodes - self._shards.keys():
            shard = self._shards[node] = ShardPublisher(node, self._settings.keys, self)
            task = self._tasks[node] = asyncio.create_task(shard.run(), name=f"publisher to {node}")
            task.add_done_callback(self._ended)
        self._assignment.assign_all(self._spools.values())

    def _ended(self, task: asyncio.Task[NoReturn]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None and not self._failure.done():
            self._failure.set_exception(error)

    # The tasks.

    async def _publish_loop(self) -> None:
        self._failure = asyncio.get_running_loop().create_future()
        try:
            await retry_until_available(self._begin, self._redis_down)
            lease = [] if self._lease_keeper is None else [self._lease_keeper.run()]
            await race(self._wait_for_failure(), self._topology_follower.run(), self._announce(), *lease)
        finally:
            tasks = [*self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._pool.close()

    async def _wait_for_failure(self) -> None:
        await self._failure

    async def _begin(self) -> None:
        """Take a fence, if there is no lease, and load the faults of the source."""
        keys = self._settings.keys
        for key in (keys.fence, keys.faults):
            connection = await open_connection(self._settings.redis_url, key)
            session = await ShardSession.begin(
                connection, self._settings, self._writer, self._fence, self._lease, self._clock_us
            )
            try:
                self._fence = session.fence
                if key == keys.faults:
                    await self._fault_store.load(session)
            finally:
                await session.close()

    def _lease_renewed(self, has_new_fence: bool) -> None:
        self._well(_LEASE)
        if has_new_fence:
            # All symbols are to be opened with it.
            for shard in self._shards.values():
                shard.work.set()

    def _lease_failed(self, error: FeedUnavailable) -> None:
        self._fault(_LEASE, error)

    async def _announce(self) -> NoReturn:
        """Send the reports, and register the symbols."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._announcer.due_in_s()):
                    await self._work.wait()
            self._work.clear()
            reports = self._announcer.due_report_commands(self._spools.values())
            registrations = [*self._registrations, *self._announcer.due_registration(self._opened)]
            self._are_reports_sent &= not reports
            try:
                if commands := [*registrations, *reports]:
                    check_replies(await self._pool.call(*commands))
            except FeedUnavailable as error:
                # Reports are due again within a second.
                self._fault(_REPORTS, error)
                await asyncio.sleep(_RETRY_S)
                if self._registrations:
                    self._work.set()
                continue
            self._registrations = [each for each in self._registrations if each not in registrations]
            self._are_reports_sent |= bool(reports)
            self._well(_REPORTS)
            self._check_idle()

    def _check_idle(self) -> None:
        pending = self._unconfirmed or self._registrations or self._work.is_set()
        if self._are_reports_sent and not pending:
            self._idle.set()

    # Faults.

    def _no_node_answers(self, error: FeedUnavailable) -> None:
        if not self._shards:
            self._redis_down(error)

    def _fault(self, part: Node | str, error: FeedUnavailable) -> None:
        # A redirect is no fault: the topology is read again, and the call goes where it is served.
        self._topology_follower.outdated.set()
        if not is_redirect(error):
            self._faults[part] = error
            self._redis_down(error)

    def _well(self, part: Node | str) -> None:
        self._faults.pop(part, None)
        if not self._faults:
            self._redis_up()
