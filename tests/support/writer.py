"""Writers and a server as the Lua scripts see them: no clock of their own, no connection, a crash at will."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tickql.feed import scripts
from tickql.feed.keys import Keys
from tickql.feed.scripts import LeaseVerdict, OpenVerdict, PublishVerdict, Script
from tickql.feed.spool import Spool
from tickql.feed.tick import Cursor, Quote

KEEP = 10_000


@dataclass
class Server:
    """A namespace of a real server, and what it was at earlier moments, to be restored as by a crash."""

    client: Any
    keys: Keys
    moments: list[tuple[bytes | None, ...]] = field(default_factory=list)
    runs: int = 1
    now_ms: int = 1_000_000

    @property
    def run(self) -> str:
        return f"run{self.runs}"

    @property
    def names(self) -> tuple[str, str, str, str]:
        return self.keys.head("ES"), self.keys.ticks("ES"), self.keys.fence, self.lease

    @property
    def lease(self) -> str:
        return self.keys.lease("board")

    def clock_ms(self) -> int:
        self.now_ms += 1
        return self.now_ms

    def clock_us(self) -> int:
        return self.clock_ms() * 1_000

    def call(self, script: Script, names: tuple[str, ...], *args: object) -> Any:
        reply = self.client.eval(script.source, len(names), *names, *args)
        self.remember()
        return reply

    def remember(self) -> None:
        """Note the state as one that a crash may lead back to."""
        moment = tuple(self.client.dump(name) for name in self.names)
        if not self.moments or self.moments[-1] != moment:
            self.moments.append(moment)

    def on_disk(self) -> None:
        """No crash leads back behind this moment."""
        del self.moments[:-1]

    def restart(self, lost_writes: int = 0) -> None:
        """Begin another run, without the last so many changes."""
        del self.moments[max(1, len(self.moments) - lost_writes) :]
        for name, dump in zip(self.names, self.moments[-1], strict=True):
            self.client.delete(name)
            if dump is not None:
                self.client.restore(name, 0, dump)
        self.runs += 1

    def delete(self, *names: str) -> None:
        for name in names:
            self.client.delete(name)
        self.remember()

    def entries(self) -> list[tuple[Cursor, bytes]]:
        """The stream."""
        return [
            (Cursor.parse(entry_id.decode()), fields[b"tick"])
            for entry_id, fields in self.client.xrange(self.keys.ticks("ES"))
        ]

    def read(self, after: Cursor | None, count: int = KEEP) -> Any:
        return self.call(scripts.READ, self.names[:2], "" if after is None else str(after), count)

    def lease_of(self, writer: str, own: int, wish: str) -> tuple[LeaseVerdict, int]:
        """Ask for the lease: the verdict, and the fence that goes with it."""
        verdict, fence, _ = self.call(scripts.LEASE, (self.lease, self.keys.fence), writer, own, 60_000, "who", wish)
        return LeaseVerdict(verdict.decode()), fence

    def expire(self) -> None:
        """The holder of the lease has not been heard for too long."""
        if self.client.exists(self.lease):
            self.client.hset(self.lease, "until", 0)
        self.remember()

    def fence(self) -> int:
        fence: int = self.call(scripts.FENCE, (self.keys.fence,), self.clock_ms())
        return fence


@dataclass(eq=False)
class Writer:
    """A producer. Its ticks carry its number as ASK and a running count as LAST."""

    server: Server
    number: int
    fence: int
    spool: Spool
    run: str | None = None
    """The run of the server that its connection leads to; `None`: not connected."""
    opened: bool = False
    made: int = 0
    leased: bool = False
    """It writes only with the lease."""
    held: bool = True
    """As far as it knows."""

    @property
    def names(self) -> tuple[str, ...]:
        head, stream, _, lease = self.server.names
        return (head, stream, lease) if self.leased else (head, stream)

    @property
    def name(self) -> str:
        return f"writer{self.number}"

    def make(self, count: int = 1) -> None:
        for _ in range(count):
            self.made += 1
            self.spool.add(Quote("ES", str(self.number), None, str(self.made), self.server.now_ms * 1_000))

    def connect(self) -> None:
        self.run, self.opened = self.server.run, False

    def opening(self) -> "partial[Any]":
        """The call of `open`, yet to be made."""
        writer = (self.fence, self.run, self.name)
        return partial(
            self.server.call, scripts.OPEN, self.names, *writer, self.server.clock_ms(), *self.spool.open_arguments
        )

    def settle(self, reply: Any) -> OpenVerdict:
        """Take in what `open` answered."""
        name, epoch, top = reply
        verdict = OpenVerdict(name.decode())
        if verdict in (OpenVerdict.FENCED, OpenVerdict.UNHELD):
            self.held = verdict is OpenVerdict.FENCED
            return verdict
        if verdict is OpenVerdict.TAKEOVER:
            self.server.on_disk()
        if verdict in (OpenVerdict.SAME, OpenVerdict.REPAIR):
            assert epoch == self.spool.epoch
        self.spool.apply_open(verdict, epoch, top)
        self.opened = True
        return verdict

    def publishing(self, limit: int = 500) -> "partial[Any]":
        """The call of `publish` with the next ticks, yet to be made."""
        keys = self.server.keys
        first, payloads = self.spool.next_batch(limit, self.server.clock_us)
        writer = (self.fence, self.run, self.name, self.spool.epoch)
        channels = (keys.everything, keys.channel("ES"))
        return partial(self.server.call, scripts.PUBLISH, self.names, *writer, KEEP, *channels, first, *payloads)

    def confirm(self, reply: Any) -> PublishVerdict:
        """Take in what `publish` answered."""
        name, top = reply
        verdict = PublishVerdict(name.decode())
        if verdict in (PublishVerdict.OK, PublishVerdict.DUP):
            self.spool.confirm(top)
        elif verdict is PublishVerdict.UNHELD:
            self.held = False
        elif verdict is not PublishVerdict.FENCED:
            self.opened = False
        return verdict

    def asking(self) -> "partial[Any]":
        """The call that asks for the lease again, yet to be made."""
        return partial(self.server.lease_of, self.name, self.fence, "take")

    def take(self, reply: tuple[LeaseVerdict, int]) -> LeaseVerdict:
        """Take in what `lease` answered."""
        verdict, fence = reply
        if verdict is LeaseVerdict.HELD:
            assert fence == self.fence or not self.fence
            self.held, self.fence = True, fence
        return verdict

    def open(self) -> OpenVerdict:
        self.connect()
        return self.settle(self.opening()())

    def publish(self, ticks: int = 0) -> PublishVerdict:
        self.make(ticks)
        return self.confirm(self.publishing()())
