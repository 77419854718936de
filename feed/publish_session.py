"""One connection of a publisher: whose numbers these are, which server this is, and what it confirmed."""

import logging
import time
from collections.abc import Sequence
from typing import Any, Self

from tickql.feed import scripts
from tickql.feed.connection import Command, RedisConnection, succeeded
from tickql.feed.errors import FeedUnavailable, Fenced
from tickql.feed.keys import Keys
from tickql.feed.lease import Lease
from tickql.feed.scripts import OpenVerdict, PublishVerdict
from tickql.feed.settings import FeedSettings
from tickql.feed.spool import Spool

logger = logging.getLogger("tickql.feed")

BATCH_TICKS = 500
"""The most ticks of one symbol in one call."""
_SCRIPTS = (scripts.PUBLISH, scripts.OPEN, scripts.FENCE, scripts.LEASE)
_DISK_MS = 1_500
"""The server writes its append-only file out each second."""


class PublishSession:
    """Opens symbols and sends their spools, on one connection to one run of one server. Reconnecting is a new session.

    Its methods raise `FeedUnavailable` when the connection is of no more use, and `Fenced` for good.
    """

    def __init__(
        self, wire: RedisConnection, settings: FeedSettings, writer: str, fence: int, run_id: str, lease: Lease | None
    ) -> None:
        self.fence = fence
        self.opened: set[str] = set()
        self._wire = wire
        self._settings = settings
        self._keys: Keys = settings.keys
        self._writer = writer
        self._run_id = run_id
        self._lease = lease

    @classmethod
    async def start(cls, settings: FeedSettings, writer: str, fence: int, lease: Lease | None = None) -> Self:
        """Connect, learn which run of the server this is, and take a fence if `fence` is 0 and there is no lease."""
        wire = await RedisConnection.open(settings.redis_url)
        try:
            loads = (("SCRIPT", "LOAD", each.source) for each in _SCRIPTS)
            info, *_ = succeeded(await wire.call(("INFO", "server"), *loads))
            if lease is not None:
                fence = lease.fence
            elif not fence:
                (fence,) = succeeded(await wire.call(("EVALSHA", scripts.FENCE.sha, 1, settings.keys.fence, _now_ms())))
        except BaseException:
            await wire.close()
            raise
        return cls(wire, settings, writer, fence, _run_id(info), lease)

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()

    async def hold(self) -> None:
        """Make sure of the lease, if there is one, before anything is sent."""
        if self._lease is not None:
            await self._lease.keep(self._wire)

    async def open(self, spools: Sequence[Spool]) -> int:
        """Settle from which number each spool goes on. Returns how many had to begin a new epoch."""
        if not spools:
            return 0
        register: Command = ("SADD", self._keys.symbols, *(spool.symbol for spool in spools))
        replies = succeeded(await self._wire.call(*(self._open(spool) for spool in spools), register))
        verdicts = [OpenVerdict(name.decode()) for name, *_ in replies[: len(spools)]]
        if OpenVerdict.TAKEOVER in verdicts:
            await self._bring_to_disk()
        rotations = 0
        for spool, verdict, (_, epoch, top) in zip(spools, verdicts, replies, strict=False):
            if verdict is OpenVerdict.FENCED:
                raise _fenced(spool)
            if verdict is OpenVerdict.UNHELD:
                self._doubt()
                continue
            if verdict is OpenVerdict.REPAIR:
                logger.warning("redis lost ticks of %s: sending %d again", spool.symbol, spool.last - top)
            if verdict is OpenVerdict.ROTATE or (verdict is OpenVerdict.NEW and spool.epoch):
                # For a writer that has only begun, this is what a restart of everything looks like.
                level = logging.WARNING if spool.epoch else logging.INFO
                logger.log(level, "ticks of %s may be lost for good: its numbering starts anew", spool.symbol)
                rotations += 1
            spool.opened(verdict, epoch, top)
            self.opened.add(spool.symbol)
        return rotations

    async def send(self, spools: Sequence[Spool], announcements: Sequence[Command]) -> int:
        """Send the next ticks of each spool, and announcements, in one write. Returns how many ticks were confirmed.

        Of a spool with nothing to send Redis is asked whether it still has the symbol, and as ours.
        """
        batches = {spool: spool.batch(BATCH_TICKS, _now_us) for spool in spools}
        commands = [self._publish(spool, first, payloads) for spool, (first, payloads) in batches.items()]
        if not commands and not announcements:
            return 0
        replies = succeeded(await self._wire.call(*commands, *announcements))
        return sum(
            self._settle(spool, PublishVerdict(name.decode()), top)
            for spool, (name, top) in zip(batches, replies, strict=False)
        )

    async def _bring_to_disk(self) -> None:
        """Make a takeover survive a crash of the server.

        Were it lost, the writer that was replaced could go on with numbers that we have used. Redis before 7.2, and a
        server without an append-only file, cannot tell: they are taken as they are.
        """
        (reply,) = await self._wire.call(("WAITAOF", 1, 0, _DISK_MS))
        if isinstance(reply, list) and not reply[0]:
            logger.warning("redis has not brought the takeover to disk within %d ms: going on", _DISK_MS)

    def _settle(self, spool: Spool, verdict: PublishVerdict, top: int) -> int:
        if verdict is PublishVerdict.FENCED:
            raise _fenced(spool)
        if verdict in (PublishVerdict.OK, PublishVerdict.DUP):
            return spool.acknowledge(top)
        if verdict is PublishVerdict.UNHELD:
            self._doubt()
            return 0
        logger.info("%s must be opened again: %s", spool.symbol, verdict)
        self.opened.discard(spool.symbol)
        return 0

    def _doubt(self) -> None:
        assert self._lease is not None
        self._lease.doubt()

    def _open(self, spool: Spool) -> Command:
        keys = self._names(spool)
        writer = (self.fence, self._run_id, self._writer)
        return ("EVALSHA", scripts.OPEN.sha, len(keys), *keys, *writer, _now_ms(), *spool.claim)

    def _publish(self, spool: Spool, first: int, payloads: list[bytes]) -> Command:
        keys = self._names(spool)
        channels = (self._keys.everything, self._keys.channel(spool.symbol))
        writer = (self.fence, self._run_id, self._writer, spool.epoch)
        keep = self._settings.history_ticks
        return ("EVALSHA", scripts.PUBLISH.sha, len(keys), *keys, *writer, keep, *channels, first, *payloads)

    def _names(self, spool: Spool) -> tuple[str, ...]:
        names = (self._keys.head(spool.symbol), self._keys.ticks(spool.symbol))
        return names if self._lease is None else (*names, self._lease.key)


def _fenced(spool: Spool) -> Fenced:
    return Fenced(f"another producer has taken over {spool.symbol}: only one may write a symbol")


def _now_us() -> int:
    return time.time_ns() // 1_000


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _run_id(info: Any) -> str:
    for line in bytes(info).decode().splitlines():
        if line.startswith("run_id:"):
            return line.removeprefix("run_id:")
    raise FeedUnavailable("INFO server names no run_id: not a Redis-compatible server")
