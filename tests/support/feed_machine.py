"""A state machine for Hypothesis: writers, a server and a reader of one symbol, with all that can fail between them."""

import itertools
import uuid
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.writer import Server, Writer
from tickql.feed.codec import decode_tick
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.keys import Keys
from tickql.feed.ring import gap_between
from tickql.feed.scripts import OpenVerdict, PublishVerdict
from tickql.feed.spool import Spool
from tickql.feed.tick import Cursor, GapReason, Tick

RING_TICKS = 10_000
SPOOL_TICKS = 6
CLOCK_BEHIND_MS = 100_000
"""How far the clock of the next host is behind: far more than passes in one example, so that no epoch comes twice."""
STEPS = st.sampled_from([3, 2, 1])
OUTCOMES = st.sampled_from(["answered", "answered", "answered", "reply lost", "delayed"])
"""The outcome of a call. "delayed": the connection breaks, and the server runs the call later or never."""


class FeedMachine(RuleBasedStateMachine):
    """Writers, a server and a reader.

    Replies are lost, calls are delayed, writers take over and replaced writers continue, the server restarts with or
    without its newest entries, keys are deleted, a host with another clock writes after all data was lost. Two
    promises must hold throughout: a cursor never names two ticks, and a reader that follows the protocol has every tick
    once, or a gap.
    """

    def __init__(self, client: Any) -> None:
        super().__init__()
        self.server = Server(client, Keys(f"machine_{uuid.uuid4().hex[:12]}"))
        self.server.take_snapshot()
        self.writers: list[Writer] = []
        self.numbers = itertools.count(1)
        self.contents: dict[Cursor, bytes] = {}
        self.delayed: list[partial[Any]] = []
        """Calls that were sent on a connection since broken, and that the server has not run yet."""
        self.messages: list[bytes] = []
        """Messages that were published and that the reader has not received yet."""
        self.reader = FollowedSymbol("ES", RING_TICKS)
        self.is_trimmed = False
        """Whether the stream was deleted without its head: then ticks are missing that no writer sends again."""

    def teardown(self) -> None:
        try:
            self.finish()
        finally:
            self.server.client.delete(*self.server.all_keys)

    def finish(self) -> None:
        """In the end the newest writer sends all its ticks, and the reader reads the whole stream."""
        newest = self.newest
        newest.run_id = None
        for _ in range(12):
            self.work(newest, "answered")
            assert newest in self.writers, "no writer has a newer fence"
        assert newest.is_open
        assert not newest.spool.unconfirmed
        self.reader_reads_the_stream(is_settled=True)
        if newest.tick_count and not self.is_trimmed:
            assert self.reader.ring.newest is not None
            assert self.reader.ring.newest.cursor == newest.spool.top
            assert origin(self.reader.ring.newest) == (newest.number, newest.tick_count)

    # What writers do.

    @initialize()
    def the_first_writer_has_written(self) -> None:
        self.a_writer_starts()
        self.the_newest_writer_works(ticks=2, steps=3, outcome="answered")

    @rule()
    def a_writer_starts(self) -> None:
        writer = self.new_writer()
        assert all(writer.fence > other.fence for other in self.writers)
        self.writers.append(writer)

    @property
    def newest(self) -> Writer:
        """The writer with the newest fence."""
        return max(self.writers, key=lambda writer: writer.fence)

    def new_writer(self) -> Writer:
        return Writer(self.server, next(self.numbers), self.server.take_fence(), Spool("ES", SPOOL_TICKS))

    @rule(ticks=st.integers(0, 9), steps=STEPS, outcome=OUTCOMES)
    def the_newest_writer_works(self, ticks: int, steps: int, outcome: str) -> None:
        self.add_and_work(self.newest, ticks, steps, outcome)

    @precondition(lambda self: len(self.writers) > 1)
    @rule(ticks=st.integers(0, 9), steps=STEPS, outcome=OUTCOMES, data=st.data())
    def a_replaced_writer_works(self, ticks: int, steps: int, outcome: str, data: st.DataObject) -> None:
        replaced = [writer for writer in self.writers if writer is not self.newest]
        self.add_and_work(data.draw(st.sampled_from(replaced)), ticks, steps, outcome)

    @precondition(lambda self: self.writers)
    @rule(ticks=st.integers(1, 4), steps=STEPS)
    def the_newest_writer_is_replaced_and_continues(self, ticks: int, steps: int) -> None:
        replaced = self.newest
        self.a_writer_starts()
        self.add_and_work(replaced, ticks, steps, "answered")

    @precondition(lambda self: self.delayed)
    @rule(data=st.data())
    def the_server_runs_a_delayed_call(self, data: st.DataObject) -> None:
        self.delayed.pop(data.draw(st.integers(0, len(self.delayed) - 1)))()

    def add_and_work(self, writer: Writer, ticks: int, steps: int, outcome: str) -> None:
        """Add ticks, then open or publish, whichever is next; `outcome` is that of the last call."""
        writer.add_ticks(ticks)
        for step in range(steps):
            self.work(writer, outcome if step == steps - 1 else "answered")

    def work(self, writer: Writer, outcome: str) -> None:
        if writer not in self.writers:
            return
        if writer.run_id != self.server.run_id:
            writer.connect()
        call = partial(self.publish, writer.publish_call(3)) if writer.is_open else writer.open_call()
        if outcome == "answered":
            verdict = writer.apply_publish(call()) if writer.is_open else writer.apply_open(call())
            if verdict is OpenVerdict.FENCED or (verdict is PublishVerdict.FENCED and not writer.needs_lease):
                self.stop(writer)
            return
        writer.run_id = None
        if outcome == "reply lost":
            call()
        else:
            self.delayed.append(call)

    def stop(self, writer: Writer) -> None:
        assert any(other.fence > writer.fence for other in self.writers)
        self.writers.remove(writer)

    def publish(self, call: "partial[Any]") -> Any:
        """Make a call of `publish`, and queue the messages that it publishes for the reader."""
        before = self.server.entries()
        reply = call()
        appended = self.server.entries()[len(before) :]
        assert bool(appended) == (reply[0] == b"OK")
        self.messages += [payload for _, payload in appended]
        return reply

    # What happens to the server.

    @rule(lost_writes=st.integers(0, 6))
    def the_server_restarts(self, lost_writes: int) -> None:
        self.server.restart(lost_writes)
        self.delayed.clear()

    @rule(lost_writes=st.integers(1, 3), steps=st.integers(1, 2))
    def the_server_restarts_and_the_newest_writer_reconnects(self, lost_writes: int, steps: int) -> None:
        self.the_server_restarts(lost_writes)
        self.the_newest_writer_works(ticks=0, steps=steps, outcome="answered")

    @rule(which=st.sampled_from(["all", "head", "stream", "fence"]))
    def keys_are_deleted(self, which: str) -> None:
        """By FLUSHALL, by eviction or by hand."""
        head, stream, fence, _ = keys = self.server.all_keys
        self.is_trimmed |= which == "stream"
        self.server.delete(*{"all": keys, "head": (head,), "stream": (stream,), "fence": (fence,)}[which])

    @precondition(lambda self: self.server.now_ms > 2 * CLOCK_BEHIND_MS)
    @rule(ticks=st.integers(0, 3))
    def all_is_lost_and_a_writer_on_a_host_whose_clock_is_behind_starts(self, ticks: int) -> None:
        self.server.delete(*self.server.all_keys)
        self.server.sync_to_disk()
        self.server.now_ms -= CLOCK_BEHIND_MS
        self.writers.clear()
        self.delayed.clear()
        self.a_writer_starts()
        self.the_newest_writer_works(ticks, steps=2, outcome="answered")

    # What the reader does.

    @precondition(lambda self: self.messages)
    @rule(lost=st.integers(0, 3), count=st.integers(1, 8))
    def the_reader_receives_messages(self, lost: int, count: int) -> None:
        """The reader receives `count` messages, after `lost` messages that it never receives."""
        del self.messages[:lost]
        for payload in self.messages[:count]:
            tick = decode_tick(payload)
            if self.reader.is_contiguous(tick.cursor):
                self.reader.append(tick)
            else:
                self.reader.claimed_epoch = tick.cursor.epoch
                self.reader_reads_the_stream()
        del self.messages[:count]

    @rule()
    def reader_reads_the_stream(self, is_settled: bool = False) -> None:
        """The reader reads the stream; `is_settled`: a lower epoch has stayed for longer than a repair takes."""
        newest = self.reader.ring.newest
        reply = self.server.read(None if newest is None else newest.cursor)
        if reply and newest is not None and int(reply[0]) < newest.cursor.epoch:
            epoch = int(reply[0])
            if not is_settled and self.reader.claimed_epoch != epoch:
                return
            reply = self.server.read(Cursor("ES", epoch, self.reader.ring.last_seq(epoch)))
        for payload in reply[2] if reply else ():
            self.reader.append(decode_tick(payload))

    # What must always hold.

    @invariant()
    def a_cursor_names_one_tick_and_the_stream_has_no_hole(self) -> None:
        entries = self.server.entries()
        newest = self.server.client.hget(self.server.all_keys[0], "newest")
        for payload in [*(payload for _, payload in entries), *self.messages, *([newest] if newest else [])]:
            assert self.contents.setdefault(decode_tick(payload).cursor, payload) == payload, "a cursor names two ticks"
        for (one, _), (other, payload) in itertools.pairwise(entries):
            assert other.epoch > one.epoch or other == Cursor("ES", one.epoch, one.seq + 1), "the stream has a hole"
            assert decode_tick(payload).cursor == other

    @invariant()
    def the_reader_has_every_tick_or_a_gap(self) -> None:
        ring = self.reader.ring
        cursors = [ring.at(index).cursor for index in range(ring.end)]
        assert len(set(cursors)) == len(cursors), "the reader has a tick twice"
        for index in range(1, ring.end):
            one, other = ring.at(index - 1), ring.at(index)
            gap = gap_between(one.cursor, other.cursor)
            if gap is not None:
                assert self.is_trimmed or gap.reason is GapReason.RESTARTED
                continue
            writer, count = origin(other)
            assert count == (origin(one)[1] + 1 if origin(one)[0] == writer else 1), "a tick is missing, without a gap"


def origin(tick: Tick) -> tuple[int, int]:
    """Return the number of the writer of a tick, and the writer's count of ticks with this one."""
    assert tick.ask is not None
    assert tick.last is not None
    return int(tick.ask), int(tick.last)
