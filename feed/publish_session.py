"""One connection of a publisher to one run of one Redis server: it opens symbols and sends their spools."""

import logging
from collections.abc import Sequence
from typing import Any, NoReturn, Self

from tickql.feed import scripts
from tickql.feed.connect import open_connection, watch_server
from tickql.feed.connection import Command, RedisConnection, check_replies
from tickql.feed.errors import Fenced
from tickql.feed.fault_log import FeedEvent, decode_events
from tickql.feed.keys import Keys
from tickql.feed.rights import check_producer_rights, fault_rights, producer_rights, symbol_rights
from tickql.feed.scripts import OpenVerdict, PublishVerdict
from tickql.feed.server_facts import FACTS_COMMANDS, ServerFacts
from tickql.feed.spool import Spool
from tickql.feed.writer import Writer

logger = logging.getLogger("tickql.feed")

BATCH_TICKS = 500
"""The most ticks of one symbol in one call: about 125 kB, which Redis takes far within the timeout of a call."""
PART_SPOOLS = 50
"""The most spools in one write. Redis publishes the first ones while the next ones are still being encoded here."""
_SCRIPTS = (scripts.PUBLISH, scripts.OPEN, scripts.FENCE, scripts.LEASE)
_DISK_SYNC_MS = 1_500
"""Timeout for the server to write its append-only file to disk. `appendfsync everysec` does that each second."""


class PublishSession:
    """Publishes on one connection. After a reconnect the publisher starts a new session.

    A session belongs to one run of the server, named by its run id: the scripts refuse a writer that opened a symbol on
    another run, as that run may have had other data.

    All methods raise `FeedUnavailable` when the connection is broken, and `Fenced` when another producer has taken over
    a symbol. Not for concurrent callers.
    """

    def __init__(self, connection: RedisConnection, writer: Writer, facts: ServerFacts) -> None:
        self.open_symbols: set[str] = set()
        """The symbols that may be published in this session."""
        self.facts = facts
        self._connection = connection
        self._writer = writer
        self._keys: Keys = writer.settings.keys
        self._run = facts.run_token

    @classmethod
    async def connect(cls, writer: Writer) -> Self:
        """Connect, check the server and the rights, and take a fencing token for a writer that has none."""
        settings = writer.settings
        return await cls.begin(await open_connection(settings.redis_url, settings.keys.status), writer)

    @classmethod
    async def begin(cls, connection: RedisConnection, writer: Writer) -> Self:
        """Do the same on an open connection. An error closes it."""
        keys, lease = writer.settings.keys, writer.lease
        try:
            loads = (("SCRIPT", "LOAD", each.source) for each in _SCRIPTS)
            # The run id is read on the same connection that publishes: another connection may reach another server.
            facts = ServerFacts.from_replies(await connection.call(*FACTS_COMMANDS))
            facts.check_kind(expects_cluster=keys.is_sharded)
            await check_producer_rights(connection, producer_rights(keys, None if lease is None else lease.key))
            check_replies(await connection.call(*loads))
            if lease is None and not writer.own_fence:
                take = ("EVALSHA", scripts.FENCE.sha, 1, keys.fence, writer.clock_us() // 1_000)
                (writer.own_fence,) = check_replies(await connection.call(take))
        except BaseException:
            await connection.close()
            raise
        return cls(connection, writer, facts)

    async def watch_server(self) -> NoReturn:
        """Wait until another server is to be written to; see `tickql.feed.connect.watch_server`."""
        await watch_server(self._writer.settings.redis_url, self._connection)

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    async def renew_lease(self) -> None:
        """Make sure that the lease is held, if there is one."""
        if self._writer.lease is not None:
            await self._writer.lease.renew(self._connection)

    async def read_faults(self, source: str) -> list[FeedEvent]:
        """Return the faults that Redis has of a source.

        Raises:
            FeedRefused: the user may not read or write them.
            InvalidMessage: they are not what a producer writes.
        """
        await check_producer_rights(self._connection, fault_rights(self._keys))
        (stored,) = check_replies(await self._connection.call(("HGET", self._keys.faults, source)))
        return [] if stored is None else decode_events(stored)

    async def open_spools(self, spools: Sequence[Spool]) -> int:
        """Agree with Redis at which number each spool continues. Returns how many spools had to begin a new epoch."""
        if not spools:
            return 0
        symbols = [spool.symbol for spool in spools]
        # Before anything is written: the script `publish` would append ticks, and then fail to announce them.
        await check_producer_rights(self._connection, symbol_rights(self._keys, symbols))
        replies = self._check(
            await self._connection.call(*map(self._open_command, spools), *self._registration(symbols)), parts=3
        )
        verdicts = [OpenVerdict(name.decode()) for name, *_ in replies[: len(spools)]]
        if OpenVerdict.TAKEOVER in verdicts:
            await self._write_to_disk()
            await self._write_to_replicas()
        rotations = 0
        for spool, verdict, (_, epoch, top) in zip(spools, verdicts, replies, strict=False):
            if verdict is OpenVerdict.FENCED:
                raise _fenced(spool)
            if verdict is OpenVerdict.OUTDATED:
                # Only a call that named the lease is answered so.
                assert self._writer.lease is not None
                self._writer.lease.doubt(newer_fence=epoch)
                continue
            if verdict is OpenVerdict.AWAY:
                continue
            if verdict is OpenVerdict.REPAIR and top < spool.confirmed_seq:
                logger.warning("redis lost ticks of %s: sending %d again", spool.symbol, spool.last_seq - top)
            if verdict is OpenVerdict.ROTATE or (verdict is OpenVerdict.NEW and spool.epoch):
                # A writer that has just started gets ROTATE too, when Redis restarted at the same time as the producer.
                # Nothing may be lost then: no warning.
                level = logging.WARNING if spool.epoch else logging.INFO
                logger.log(level, "ticks of %s may be lost for good: its numbering begins a new epoch", spool.symbol)
                rotations += 1
            spool.apply_open(verdict, epoch, top)
            self.open_symbols.add(spool.symbol)
        return rotations

    async def send_batches(self, spools: Sequence[Spool], announcements: Sequence[Command]) -> int:
        """Send the next ticks of each spool, then announcements. Returns how many ticks Redis confirmed.

        All of it is written, in parts, before the first reply is awaited. A spool without unconfirmed ticks sends an
        empty batch: Redis answers whether it still has the symbol, and whether this writer may still write it.
        """
        if not spools and not announcements:
            return 0
        for start in range(0, len(spools), PART_SPOOLS):
            await self._connection.send(*map(self._next_command, spools[start : start + PART_SPOOLS]))
        if announcements:
            await self._connection.send(*announcements)
        replies = self._check(await self._connection.replies(len(spools) + len(announcements)), parts=2)
        return sum(
            self._apply(PublishVerdict(name.decode()), spool, top)
            for spool, (name, top) in zip(spools, replies, strict=False)
        )

    async def _write_to_disk(self) -> None:
        """Wait until a takeover is on the server's disk.

        If a crash of the server undid the takeover, the replaced writer could continue with numbers that this writer
        has used. Redis before 7.2, and a server without an append-only file, cannot answer: the takeover counts as
        done.
        """
        (reply,) = await self._connection.call(("WAITAOF", 1, 0, _DISK_SYNC_MS))
        if isinstance(reply, list) and not reply[0]:
            logger.warning("redis did not write the takeover to disk within %d ms: publishing anyway", _DISK_SYNC_MS)

    async def _write_to_replicas(self) -> None:
        """Wait until each replica has a takeover, too: a failover could undo it as a crash could."""
        if not self.facts.replicas:
            return
        (reply,) = await self._connection.call(("WAIT", self.facts.replicas, _DISK_SYNC_MS))
        if isinstance(reply, int) and reply < self.facts.replicas:
            logger.warning("a replica did not get the takeover within %d ms: publishing anyway", _DISK_SYNC_MS)

    def _check(self, replies: Sequence[Any], parts: int) -> list[Any]:
        """Return the replies, if Redis refused none of the commands. `parts`: how many an answer of the script has."""
        return check_replies(replies)

    def _registration(self, symbols: Sequence[str]) -> list[Command]:
        """Return the commands that register and announce symbols which are opened."""
        return [("SADD", self._keys.symbols, *symbols), self._keys.publish(self._keys.symbols, " ".join(symbols))]

    def _apply(self, verdict: PublishVerdict, spool: Spool, top: int) -> int:
        if verdict is PublishVerdict.FENCED and self._writer.lease is None:
            raise _fenced(spool)
        if verdict in (PublishVerdict.OK, PublishVerdict.DUP):
            return spool.confirm(top)
        logger.info("%s must be opened again: %s", spool.symbol, verdict)
        self.open_symbols.discard(spool.symbol)
        return 0

    def _open_command(self, spool: Spool) -> Command:
        keys = (self._keys.head(spool.symbol), self._keys.ticks(spool.symbol))
        writer = self._writer
        lease_key = "" if writer.lease is None else writer.lease.key
        names = (writer.fence, lease_key, self._run, writer.id, writer.clock_us() // 1_000)
        return ("EVALSHA", scripts.OPEN.sha, len(keys), *keys, *names, *spool.open_arguments)

    def _next_command(self, spool: Spool) -> Command:
        writer = self._writer
        first_seq, payloads = spool.next_batch(BATCH_TICKS, writer.clock_us)
        keys = (self._keys.head(spool.symbol), self._keys.ticks(spool.symbol))
        everything = self._keys.everything if self._keys.one_channel else ""
        channels = (everything, self._keys.publish_name, self._keys.channel(spool.symbol))
        names = (writer.fence, self._run, writer.id, spool.epoch)
        keep = writer.settings.history_ticks
        return ("EVALSHA", scripts.PUBLISH.sha, len(keys), *keys, *names, keep, *channels, first_seq, *payloads)


def _fenced(spool: Spool) -> Fenced:
    return Fenced(f"another producer has taken over {spool.symbol}: only one may write a symbol")
