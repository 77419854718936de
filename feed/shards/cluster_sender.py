"""The sender to a cluster: a publishing task for each primary, one for the lease, and one for the reports.

A primary that fails stops the ticks of its own slots only. When its replica is promoted, the symbols are opened there:
what the replica did not have is sent again from the spools, as after a crash of one server. A slot that moves is the
same, only shorter.
"""

import asyncio
from collections.abc import Collection
from typing import NoReturn

from tickql.feed.cluster.redirects import is_redirect
from tickql.feed.cluster.topology import Topology
from tickql.feed.cluster.topology_follower import TopologyFollower
from tickql.feed.connect import open_connection
from tickql.feed.connection import RedisConnection, retry_until_available
from tickql.feed.errors import FeedUnavailable
from tickql.feed.fault_store import FaultStore
from tickql.feed.outbox import Outbox
from tickql.feed.race import race
from tickql.feed.redis_address import Node, RedisAddress
from tickql.feed.server_facts import CautionLog
from tickql.feed.shards.cluster_announcements import ClusterAnnouncements
from tickql.feed.shards.lease_keeper import LeaseKeeper
from tickql.feed.shards.shard_publisher import ShardPublisher
from tickql.feed.shards.shard_session import ShardSession
from tickql.feed.shards.spool_assignment import SpoolAssignment
from tickql.feed.spool import Spool
from tickql.feed.writer import Writer

_LEASE, _ANNOUNCEMENTS = "lease", "announcements"


class ClusterSender:
    """Sends to all primaries of a cluster. Each spool belongs to the `ShardPublisher` of one of them."""

    def __init__(self, outbox: Outbox, writer: Writer, call_timeout_s: float) -> None:
        keys = writer.settings.keys
        self._outbox = outbox
        self._writer = writer
        self._fault_store = FaultStore(outbox.announcer, writer.source)
        self._cautions = CautionLog()
        self._topology = Topology(RedisAddress.parse(writer.settings.redis_url), call_timeout_s, logs=True)
        self._topology.on_change.append(self._reconcile)
        self._topology_follower = TopologyFollower(self._topology, lambda: not self._faults, self._no_node_answers)
        self._assignment = SpoolAssignment(keys, self._topology)
        self._shards = self._assignment.shards
        self._announcements = ClusterAnnouncements(
            outbox, writer.settings, self._topology, call_timeout_s, lambda error: self._note(_ANNOUNCEMENTS, error)
        )
        lease = writer.lease
        self._lease_keeper = None if lease is None else LeaseKeeper(lease, self._lease_renewed, self._lease_failed)
        self._tasks: dict[Node, asyncio.Task[NoReturn]] = {}
        self._faults: dict[Node | str, FeedUnavailable] = {}
        self._failure: asyncio.Future[NoReturn]

    def add(self, spool: Spool) -> None:
        """Take on a new spool."""
        self._assignment.assign(spool)

    def notify(self, spool: Spool) -> None:
        """Have a spool sent that has a new tick."""
        self._outbox.unconfirmed[spool.symbol] = spool
        self._outbox.idle.clear()
        shard = self._assignment.shard_of(spool)
        if shard is not None:
            shard.unconfirmed[spool.symbol] = spool
            shard.work.set()

    async def run(self) -> NoReturn:
        """Send until cancelled.

        Raises:
            Fenced: another producer has taken over one of the symbols; `LeaseLost`: the whole source.
        """
        self._failure = asyncio.get_running_loop().create_future()
        try:
            await retry_until_available(self._begin, self._outbox.redis_down)
            lease = [] if self._lease_keeper is None else [self._lease_keeper.run()]
            await race(self._wait_for_failure(), self._topology_follower.run(), self._announcements.run(), *lease)
            raise AssertionError("none of these tasks ends by itself")
        finally:
            tasks = [*self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._announcements.close()

    async def _wait_for_failure(self) -> None:
        await self._failure

    async def _begin(self) -> None:
        """Take a fence, if there is no lease, and load the faults of the source."""
        settings = self._writer.settings
        for key in (settings.keys.fence, settings.keys.faults):
            session = await ShardSession.begin(await open_connection(settings.redis_url, key), self._writer)
            try:
                if key == settings.keys.faults:
                    await self._fault_store.load(session)
            finally:
                await session.close()

    # For the shard publishers: see `SpoolOwner`.

    async def connect(self, node: Node) -> ShardSession:
        """Open a session to a node."""
        session = await ShardSession.begin(await RedisConnection.open(self._topology.url_of(node)), self._writer)
        self._outbox.stats.connects += 1
        self._cautions.record(session.facts)
        return session

    def opened(self, node: Node, spools: Collection[Spool], rotations: int) -> None:
        """Take note of symbols that were opened."""
        self._outbox.opened(spools, rotations)
        if node in self._shards:
            unconfirmed = self._shards[node].unconfirmed
            unconfirmed.update((spool.symbol, spool) for spool in spools if spool.unconfirmed)
        self._announcements.register({spool.symbol for spool in spools if spool.epoch})

    def sent(self, node: Node, spools: Collection[Spool], confirmed: int) -> None:
        """Take note of spools that were sent."""
        self._outbox.sent(spools, confirmed)
        # A node that no longer serves anything may have been dropped in this moment.
        if node in self._shards:
            unconfirmed = self._shards[node].unconfirmed
            for spool in spools:
                if not spool.unconfirmed:
                    unconfirmed.pop(spool.symbol, None)

    def turn_ended(self, node: Node, *, redirected: bool) -> None:
        """Take note of a turn without a fault."""
        self._note(node, None)
        lease = self._writer.lease
        if self._lease_keeper is not None and lease is not None and lease.renew_due_in_s <= 0:
            self._lease_keeper.due.set()
        if redirected:
            self._topology_follower.outdated.set()
        self._assignment.assign_moved()
        self._announcements.check_idle()

    def failed(self, node: Node, error: FeedUnavailable) -> None:
        """Take note of a node that does not answer, or refuses."""
        self._note(node, error)
        self._assignment.assign_moved()

    # Nodes and faults.

    def _reconcile(self) -> None:
        """Have a shard publisher for each primary, and none for any other node."""
        nodes = self._topology.slots.nodes
        for node in self._shards.keys() - nodes:
            self._tasks.pop(node).cancel()
            self._assignment.drop(node)
            self._note(node, None)
        for node in nodes - self._shards.keys():
            shard = self._shards[node] = ShardPublisher(node, self._writer.settings.keys, self)
            task = self._tasks[node] = asyncio.create_task(shard.run(), name=f"publisher to {node}")
            task.add_done_callback(self._ended)
        self._assignment.assign_all(self._outbox.spools.values())

    def _ended(self, task: asyncio.Task[NoReturn]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None and not self._failure.done():
            self._failure.set_exception(error)

    def _lease_renewed(self, has_new_fence: bool) -> None:
        self._note(_LEASE, None)
        if has_new_fence:
            # All symbols are to be opened with it.
            for shard in self._shards.values():
                shard.work.set()

    def _lease_failed(self, error: FeedUnavailable) -> None:
        self._note(_LEASE, error)

    def _no_node_answers(self, error: FeedUnavailable) -> None:
        if not self._shards:
            self._outbox.redis_down(error)

    def _note(self, part: Node | str, error: FeedUnavailable | None) -> None:
        """Take note of what is wrong with a node, or with what several share; `None`: nothing."""
        if error is None:
            self._faults.pop(part, None)
            if not self._faults:
                self._outbox.redis_up()
            return
        self._topology_follower.outdated.set()
        # A redirect is no fault: the topology is read again, and the call goes where it is served.
        if not is_redirect(error):
            self._faults[part] = error
            self._outbox.redis_down(error)
