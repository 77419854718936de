"""Writers and a server for tests of the Lua scripts: without connections, with a test's own clock, and with crashes."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tickql.feed import scripts
from tickql.feed.keys import Keys
from tickql.feed.scripts import HandoverStage, LeaseVerdict, OpenVerdict, PublishVerdict, Script
from tickql.feed.spool import Spool
from tickql.feed.tick import Cursor, Quote

KEEP_TICKS = 10_000
LEASE_MS = 60_000


@dataclass
class Server:
    """A namespace of a real server, and snapshots of its earlier states, which a simulated crash restores."""

    client: Any
    keys: Keys
    snapshots: list[tuple[bytes | None, ...]] = field(default_factory=list)
    runs: int = 1
    now_ms: int = 1_000_000

    @property
    def run_id(self) -> str:
        return f"run{self.runs}"

    @property
    def all_keys(self) -> tuple[str, str, str, str]:
        return self.keys.head("ES"), self.keys.ticks("ES"), self.keys.fence, self.lease

    @property
    def lease(self) -> str:
        return self.keys.lease("board")

    def clock_ms(self) -> int:
        self.now_ms += 1
        return self.now_ms

    def clock_us(self) -> int:
        return self.clock_ms() * 1_000

    def call(self, script: Script, keys: tuple[str, ...], *args: object) -> Any:
        with self.client.pipeline(transaction=False) as pipe:
            pipe.eval(script.source, len(keys), *keys, *args)
            reply, *dumps = self._with_dumps(pipe)
        self._add_snapshot(dumps)
        return reply

    def take_snapshot(self) -> None:
        """Record the state as one that a crash may restore."""
        with self.client.pipeline(transaction=False) as pipe:
            self._add_snapshot(self._with_dumps(pipe))

    def _with_dumps(self, pipe: Any) -> list[Any]:
        """Return the replies to the calls in `pipe` and the state after them, in one round trip."""
        for key in self.all_keys:
            pipe.dump(key)
        replies: list[Any] = pipe.execute()
        return replies

    def _add_snapshot(self, dumps: list[bytes | None]) -> None:
        snapshot = tuple(dumps)
        if not self.snapshots or self.snapshots[-1] != snapshot:
            self.snapshots.append(snapshot)

    def sync_to_disk(self) -> None:
        """From now on no crash restores a state before the present one."""
        del self.snapshots[:-1]

    def restart(self, lost_writes: int = 0) -> None:
        """Begin another run, without the last `lost_writes` changes."""
        del self.snapshots[max(1, len(self.snapshots) - lost_writes) :]
        with self.client.pipeline(transaction=False) as pipe:
            pipe.delete(*self.all_keys)
            for key, dump in zip(self.all_keys, self.snapshots[-1], strict=True):
                if dump is not None:
                    pipe.restore(key, 0, dump)
            pipe.execute()
        self.runs += 1

    def restore_lease(self, lost_writes: int) -> None:
        """Restore lease and fence, alone, as they were before the last `lost_writes` changes of any key."""
        kept = self.snapshots[max(0, len(self.snapshots) - 1 - lost_writes)]
        with self.client.pipeline(transaction=False) as pipe:
            for key, dump in list(zip(self.all_keys, kept, strict=True))[2:]:
                pipe.delete(key)
                if dump is not None:
                    pipe.restore(key, 0, dump)
            pipe.execute()
        self.take_snapshot()

    def delete(self, *keys: str) -> None:
        self.client.delete(*keys)
        self.take_snapshot()

    def entries(self) -> list[tuple[Cursor, bytes]]:
        """Return the whole stream: cursors and payloads, oldest first."""
        return [
            (Cursor.parse(f"ES:{entry_id.decode()}"), fields[b"tick"])
            for entry_id, fields in self.client.xrange(self.keys.ticks("ES"))
        ]

    def seqs(self) -> list[int]:
        """Return the numbers of the stream's ticks."""
        return [cursor.seq for cursor, _ in self.entries()]

    def state(self) -> object:
        """Return the head and the stream, to see whether a call has changed them."""
        return self.client.dump(self.all_keys[0]), self.entries()

    def read(self, after: Cursor | None, count: int = KEEP_TICKS) -> Any:
        return self.call(scripts.READ, self.all_keys[:2], "" if after is None else after.stream_id, count)

    def ask_lease(self, writer: str, own_fence: int, mode: str, seen_fence: int = 0) -> tuple[LeaseVerdict, int]:
        """Ask for the lease; return the verdict and the fence of the lease."""
        verdict, fence, _, _ = self._call_lease(writer, own_fence, mode, HandoverStage.WAITING, seen_fence)
        return LeaseVerdict(verdict.decode()), fence

    def tell_stage(
        self, writer: str, own_fence: int, stage: HandoverStage, mode: str = "ask"
    ) -> tuple[LeaseVerdict, HandoverStage]:
        """Tell the stage of a writer in a handover; return the verdict and the stage of the other side."""
        verdict, _, _, other = self._call_lease(writer, own_fence, mode, stage)
        return LeaseVerdict(verdict.decode()), HandoverStage(other.decode())

    def _call_lease(self, writer: str, own_fence: int, mode: str, stage: HandoverStage, seen: int = 0) -> Any:
        keys = (self.lease, self.keys.fence)
        return self.call(scripts.LEASE, keys, writer, own_fence, LEASE_MS, "a test", mode, stage, seen)

    def release_lease(self, writer: str) -> None:
        """Release the lease, as a holder that ends."""
        self.call(scripts.RELEASE, (self.lease,), writer)

    def expire_lease(self) -> None:
        """Let the lease expire, as after a long silence of its holder."""
        if self.client.exists(self.lease):
            self.client.hset(self.lease, "until", 0)
        self.take_snapshot()

    def take_fence(self) -> int:
        fence: int = self.call(scripts.FENCE, (self.keys.fence,), self.clock_ms())
        return fence


@dataclass(eq=False)
class Writer:
    """A producer. Its ticks carry its number as ASK and a running count as LAST.

    Each call is made in two steps, so that a test can lose the reply or delay the call: `open_call()` returns the call,
    `apply_open(reply)` takes in its reply.
    """

    server: Server
    number: int
    fence: int
    spool: Spool
    run_id: str | None = None
    """The server run that its connection leads to; `None`: not connected."""
    is_open: bool = False
    tick_count: int = 0
    needs_lease: bool = False
    """Whether it writes only with the lease."""
    holds_lease: bool = True
    """Whether it holds the lease, as far as it knows."""
    seen_fence: int = 0
    """The newest fence of its lease that it has found in a symbol."""

    @property
    def keys(self) -> tuple[str, str]:
        return self.server.all_keys[:2]

    @property
    def name(self) -> str:
        return f"writer{self.number}"

    def add_ticks(self, count: int = 1) -> None:
        for _ in range(count):
            self.tick_count += 1
            self.spool.add(Quote("ES", str(self.number), None, str(self.tick_count), self.server.now_ms * 1_000))

    def connect(self) -> None:
        self.run_id, self.is_open = self.server.run_id, False

    def open_call(self) -> "partial[Any]":
        lease = self.server.lease if self.needs_lease else ""
        writer = (self.fence, lease, self.run_id, self.name, self.server.clock_ms())
        return partial(self.server.call, scripts.OPEN, self.keys, *writer, *self.spool.open_arguments)

    def apply_open(self, reply: Any) -> OpenVerdict:
        name, epoch, top = reply
        verdict = OpenVerdict(name.decode())
        if verdict is OpenVerdict.OUTDATED:
            self.seen_fence, self.holds_lease = max(self.seen_fence, epoch), False
        if verdict in (OpenVerdict.FENCED, OpenVerdict.OUTDATED):
            return verdict
        if verdict is OpenVerdict.TAKEOVER:
            self.server.sync_to_disk()
        if verdict in (OpenVerdict.SAME, OpenVerdict.REPAIR):
            assert epoch == self.spool.epoch
        self.spool.apply_open(verdict, epoch, top)
        self.is_open = True
        return verdict

    def publish_call(self, limit: int = 500) -> "partial[Any]":
        keys = self.server.keys
        first_seq, payloads = self.spool.next_batch(limit, self.server.clock_us)
        writer = (self.fence, self.run_id, self.name, self.spool.epoch)
        channels = (keys.everything, keys.publish_name, keys.channel("ES"))
        return partial(
            self.server.call, scripts.PUBLISH, self.keys, *writer, KEEP_TICKS, *channels, first_seq, *payloads
        )

    def apply_publish(self, reply: Any) -> PublishVerdict:
        name, top = reply
        verdict = PublishVerdict(name.decode())
        if verdict in (PublishVerdict.OK, PublishVerdict.DUP):
            self.spool.confirm(top)
        elif verdict is not PublishVerdict.FENCED or self.needs_lease:
            self.is_open = False
        return verdict

    def lease_call(self) -> "partial[Any]":
        return partial(self.server.ask_lease, self.name, self.fence, "take", self.seen_fence)

    def apply_lease(self, reply: tuple[LeaseVerdict, int]) -> LeaseVerdict:
        verdict, fence = reply
        if verdict is LeaseVerdict.HELD:
            assert fence == self.fence or not self.fence or fence > self.seen_fence
            self.holds_lease, self.fence = True, fence
        return verdict

    def open(self) -> OpenVerdict:
        """Connect and open the symbol; no reply is lost."""
        self.connect()
        return self.apply_open(self.open_call()())

    def publish(self, ticks: int = 0) -> PublishVerdict:
        """Add ticks and publish all that are not confirmed; no reply is lost."""
        self.add_ticks(ticks)
        return self.apply_publish(self.publish_call()())
