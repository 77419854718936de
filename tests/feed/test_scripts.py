"""What the Lua scripts answer on a real server, clause by clause, and then against everything that can happen."""

import itertools
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import redis
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.conftest import RedisServer
from tests.support.writer import Server, Writer
from tickql.feed.codec import decode_tick
from tickql.feed.followed_symbol import FollowedSymbol
from tickql.feed.keys import Keys
from tickql.feed.ring import gap_between
from tickql.feed.scripts import LeaseVerdict, OpenVerdict, PublishVerdict
from tickql.feed.spool import Spool
from tickql.feed.tick import Cursor, GapReason, Tick

NEW, SAME, TAKEOVER = OpenVerdict.NEW, OpenVerdict.SAME, OpenVerdict.TAKEOVER
REPAIR, ROTATE = OpenVerdict.REPAIR, OpenVerdict.ROTATE
OK, DUP, LOST = PublishVerdict.OK, PublishVerdict.DUP, PublishVerdict.LOST
REOPEN, AHEAD, FENCED = PublishVerdict.REOPEN, PublishVerdict.AHEAD, PublishVerdict.FENCED


@pytest.fixture
def server(shared_redis: RedisServer) -> Iterator[Server]:
    with redis.Redis(port=shared_redis.port, protocol=2) as client:
        server = Server(client, Keys(f"scripts_{uuid.uuid4().hex[:12]}"))
        server.remember()
        yield server


@pytest.fixture
def writers(server: Server) -> Callable[[], Writer]:
    """Makes writers, each with a newer fence than the one before."""
    numbers = itertools.count(1)
    return lambda: Writer(server, next(numbers), server.fence(), Spool("ES", capacity=6))


def cursors(server: Server) -> list[Cursor]:
    return [cursor for cursor, _ in server.entries()]


# Opening.


def test_a_new_symbol_begins_at_one_in_an_epoch_that_is_the_time(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    assert writer.open() is NEW
    assert writer.publish(2) is OK
    assert cursors(server) == [(writer.spool.epoch, 1), (writer.spool.epoch, 2)]
    assert 1_000_000 < writer.spool.epoch <= server.now_ms


def test_a_writer_that_reconnects_goes_on(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    writer.open()
    writer.publish(2)
    assert writer.open() is SAME
    assert writer.publish(1) is OK
    assert [seq for _, seq in cursors(server)] == [1, 2, 3]


def test_a_writer_whose_reply_was_lost_learns_what_landed(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    writer.open()
    writer.make(3)
    writer.publishing(2)()  # the reply is lost
    assert writer.open() is SAME
    assert writer.spool.confirmed_seq == 2
    assert writer.publish() is OK
    assert [decode_tick(payload).last for _, payload in server.entries()] == ["1", "2", "3"]


def test_another_writer_goes_on_after_the_top_in_the_same_epoch(server: Server, writers: Callable[[], Writer]) -> None:
    one, other = writers(), writers()
    one.open()
    one.publish(2)
    assert other.open() is TAKEOVER
    other.publish(1)
    assert cursors(server) == [(one.spool.epoch, seq) for seq in (1, 2, 3)]


def test_what_a_crash_lost_comes_back_under_its_own_numbers(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    writer.open()
    writer.publish(2)
    writer.publish(2)
    before = server.entries()
    server.restart(lost_writes=1)
    assert len(server.entries()) == 2
    assert writer.open() is REPAIR
    assert writer.publish() is OK
    assert server.entries() == before


def test_after_a_crash_that_lost_nothing_the_writer_goes_on(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    writer.open()
    writer.publish(2)
    server.restart()
    assert writer.open() is REPAIR
    assert writer.publish(1) is OK
    assert cursors(server)[-1] == (writer.spool.epoch, 3)


def test_what_a_crash_lost_and_the_spool_no_longer_has_is_a_new_epoch(
    server: Server, writers: Callable[[], Writer]
) -> None:
    writer = writers()
    writer.open()
    writer.publish(2)
    for _ in range(3):
        writer.publish(3)
    server.restart(lost_writes=3)
    old = writer.spool.epoch
    assert writer.open() is ROTATE
    assert writer.spool.epoch > old
    assert writer.publish(1) is OK
    assert cursors(server)[2:] == [(writer.spool.epoch, 12), (writer.spool.epoch, 13)]


def test_the_newest_price_survives_a_new_epoch_even_if_it_was_confirmed(
    server: Server, writers: Callable[[], Writer]
) -> None:
    writer = writers()
    writer.open()
    writer.publish(2)
    server.delete(*server.names)
    assert writer.publish() is LOST
    assert writer.open() is NEW
    assert writer.publish() is OK
    ((cursor, payload),) = server.entries()
    assert cursor == writer.spool.top
    assert decode_tick(payload).last == "2"


def test_ticks_that_fell_out_of_the_spool_are_a_new_epoch(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    writer.open()
    writer.publish(1)
    writer.make(8)
    assert writer.publish() is AHEAD
    assert writer.open() is ROTATE
    assert writer.publish() is OK
    assert [decode_tick(payload).last for _, payload in server.entries()] == ["1", *"456789"]


def test_ticks_that_fell_out_of_the_spool_before_it_was_ever_opened_are_a_new_epoch(
    server: Server, writers: Callable[[], Writer]
) -> None:
    one, other = writers(), writers()
    one.open()
    one.publish(1)
    other.make(7)
    assert other.open() is ROTATE
    other.publish()
    assert [epoch > one.spool.epoch for epoch, _ in cursors(server)] == [False, *[True] * 6]


def test_a_takeover_in_the_middle_of_a_repair_is_a_new_epoch(server: Server, writers: Callable[[], Writer]) -> None:
    one, other = writers(), writers()
    one.open()
    one.publish(2)
    one.publish(2)
    server.restart(lost_writes=1)
    assert one.open() is REPAIR
    assert other.open() is ROTATE


def test_a_takeover_after_a_repair_is_none(server: Server, writers: Callable[[], Writer]) -> None:
    one, other = writers(), writers()
    one.open()
    one.publish(2)
    one.publish(2)
    server.restart(lost_writes=1)
    one.open()
    one.publish()
    assert other.open() is TAKEOVER


def test_a_crash_in_the_middle_of_a_repair_is_repaired(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    writer.open()
    writer.publish(2)
    writer.publish(2)
    before = server.entries()
    server.restart(lost_writes=1)
    writer.open()
    writer.confirm(writer.publishing(1)())
    assert writer.open() is REPAIR
    writer.publish()
    assert server.entries() == before


def test_a_new_writer_after_a_crash_is_a_new_epoch(server: Server, writers: Callable[[], Writer]) -> None:
    one, other = writers(), writers()
    one.open()
    one.publish(2)
    server.restart()
    assert other.open() is ROTATE


def test_loss_without_a_restart_is_repaired_too(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    writer.open()
    writer.publish(2)
    writer.publish(2)
    server.restart(lost_writes=1)
    server.runs -= 1
    assert writer.publish() is AHEAD
    assert writer.open() is REPAIR


def test_without_its_head_a_stream_does_not_see_its_numbers_again(
    server: Server, writers: Callable[[], Writer]
) -> None:
    one, other = writers(), writers()
    one.open()
    one.publish(2)
    server.delete(server.keys.head("ES"))
    server.now_ms = 500_000  # and the clock goes back
    assert other.open() is NEW
    other.publish(1)
    assert cursors(server)[2] == (one.spool.epoch + 1, 3)


def test_epochs_rise_even_when_the_clock_goes_back(server: Server, writers: Callable[[], Writer]) -> None:
    one, other = writers(), writers()
    one.open()
    one.publish(1)
    server.restart()
    server.now_ms = 500_000
    assert other.open() is ROTATE
    assert other.spool.epoch == one.spool.epoch + 1


# Publishing.


def test_a_retry_of_what_landed_changes_nothing(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    writer.open()
    writer.make(3)
    call = writer.publishing()
    assert writer.confirm(call()) is OK
    before = server.client.dump(server.names[0]), server.entries()
    assert writer.confirm(call()) is DUP
    assert (server.client.dump(server.names[0]), server.entries()) == before


def test_of_a_call_that_landed_in_part_only_the_rest_is_appended(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    writer.open()
    writer.make(3)
    whole = writer.publishing()
    writer.publishing(2)()
    assert writer.confirm(whole()) is OK
    assert [seq for _, seq in cursors(server)] == [1, 2, 3]


def test_nobody_writes_a_symbol_that_is_not_open(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    writer.connect()
    writer.spool.apply_open(NEW, 1_000_000, 0)
    assert writer.publish(1) is LOST
    assert server.entries() == []


@pytest.mark.parametrize("change", ["run", "writer", "epoch", "fence"])
def test_a_writer_that_redis_knows_otherwise_must_open_again(
    change: str, server: Server, writers: Callable[[], Writer]
) -> None:
    writer = writers()
    writer.open()
    writer.publish(1)
    match change:
        case "run":
            writer.run = "another"
        case "writer":
            writer.number += 1
        case "epoch":
            writer.spool.epoch += 1
        case "fence":
            writer.fence += 1
    before = server.entries()
    assert writer.publish(1) is REOPEN
    assert server.entries() == before


def test_a_writer_with_an_old_fence_is_shut_out(server: Server, writers: Callable[[], Writer]) -> None:
    zombie, writer = writers(), writers()
    zombie.open()
    zombie.publish(1)
    writer.open()
    before = server.client.dump(server.names[0]), server.entries()
    assert zombie.publish(1) is FENCED
    assert zombie.open() is OpenVerdict.FENCED
    assert (server.client.dump(server.names[0]), server.entries()) == before


def test_a_fence_is_newer_than_every_one_before_it(server: Server) -> None:
    fences = [server.fence()]
    server.now_ms -= 100
    fences.append(server.fence())
    server.delete(server.keys.fence)
    server.now_ms += 200
    fences.append(server.fence())
    assert fences == sorted(set(fences))


def test_a_call_without_ticks_tells_whether_the_symbol_is_still_the_writers(
    server: Server, writers: Callable[[], Writer]
) -> None:
    one, other = writers(), writers()
    one.open()
    assert one.publish() is DUP
    one.publish(2)
    assert one.publish() is DUP
    other.open()
    assert one.publish() is FENCED
    server.delete(*server.names)
    assert other.publish() is LOST


def test_every_tick_is_announced_once_on_both_channels(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    writer.open()
    with server.client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(server.keys.everything, server.keys.channel("ES"))
        assert [pubsub.get_message(timeout=10) for _ in range(2)] == [None, None]
        writer.publish(2)
        writer.publish()
        heard = [pubsub.get_message(timeout=10) for _ in range(4)]
        payloads = [payload for _, payload in server.entries()]
        for channel in (server.keys.everything, server.keys.channel("ES")):
            assert [each["data"] for each in heard if each["channel"] == channel.encode()] == payloads
        assert pubsub.get_message(timeout=0) is None


# Reading.


def test_a_symbol_that_nobody_has_opened_reads_as_nothing(server: Server) -> None:
    assert server.read(None) == []


def test_the_newest_ticks_are_read_oldest_first(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    writer.open()
    writer.publish(5)
    epoch, top, payloads = server.read(None, 2)
    assert (int(epoch), int(top)) == writer.spool.top
    assert [decode_tick(payload).seq for payload in payloads] == [4, 5]


def test_what_follows_a_cursor_is_read_in_order(server: Server, writers: Callable[[], Writer]) -> None:
    writer = writers()
    writer.open()
    writer.publish(5)
    assert [decode_tick(payload).seq for payload in server.read(Cursor(writer.spool.epoch, 2), 2)[2]] == [3, 4]


# Everything at once.

EVERYTHING = 10_000
STEPS = st.sampled_from([3, 2, 1])
FATES = st.sampled_from(["heard", "heard", "heard", "lost", "late"])
"""What becomes of a call: its reply is heard, or lost, or the call itself lands late or never."""


class FeedMachine(RuleBasedStateMachine):
    """Writers, a server and a reader.

    Replies are lost, calls land late, writers take over and come back as zombies, the server restarts with or without
    its newest entries, keys are deleted. Whatever happens, `(epoch, seq)` names one content for ever, and a reader that
    follows the protocol has every tick or a gap.
    """

    def __init__(self, client: Any) -> None:
        super().__init__()
        self.server = Server(client, Keys(f"machine_{uuid.uuid4().hex[:12]}"))
        self.server.remember()
        self.writers: list[Writer] = []
        self.numbers = itertools.count(1)
        self.contents: dict[Cursor, bytes] = {}
        self.landing: list[partial[Any]] = []
        """Calls that were sent on a connection since broken, and that the server has not run yet."""
        self.messages: list[bytes] = []
        """What was announced and the reader has not heard yet."""
        self.reader = FollowedSymbol("ES", EVERYTHING)
        self.trimmed = False
        """The stream was deleted under its head: ticks are missing that nobody numbers again."""

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.server.client.delete(*self.server.names)

    def settle(self) -> None:
        """In the end the newest writer sends all it has, and the reader reads all there is."""
        leader = self.writers[-1]
        leader.run = None
        for _ in range(12):
            self.go_on(leader, "heard")
            assert leader in self.writers, "nobody has a newer fence"
        assert leader.opened
        assert not leader.spool.unconfirmed
        self.reader_reads()
        if leader.made and not self.trimmed:
            assert self.reader.ring.newest is not None
            assert self.reader.ring.newest.cursor == leader.spool.top
            assert origin(self.reader.ring.newest) == (leader.number, leader.made)

    # What writers do.

    @initialize()
    def the_first_writer_has_written(self) -> None:
        self.a_writer_starts()
        self.the_newest_writer_works(ticks=2, steps=3, fate="heard")

    @rule()
    def a_writer_starts(self) -> None:
        writer = self.new_writer()
        assert all(writer.fence > other.fence for other in self.writers)
        self.writers.append(writer)

    def new_writer(self) -> Writer:
        return Writer(self.server, next(self.numbers), self.server.fence(), Spool("ES", capacity=6))

    @rule(ticks=st.integers(0, 9), steps=STEPS, fate=FATES)
    def the_newest_writer_works(self, ticks: int, steps: int, fate: str) -> None:
        """It makes ticks and opens or sends, whatever is next; the fate is that of its last call."""
        writer = self.writers[-1]
        writer.make(ticks)
        for step in range(steps):
            self.go_on(writer, fate if step == steps - 1 else "heard")

    @precondition(lambda self: len(self.writers) > 1)
    @rule(ticks=st.integers(0, 9), steps=STEPS, fate=FATES, data=st.data())
    def a_zombie_works(self, ticks: int, steps: int, fate: str, data: st.DataObject) -> None:
        writer = data.draw(st.sampled_from(self.writers[:-1]))
        writer.make(ticks)
        for step in range(steps):
            self.go_on(writer, fate if step == steps - 1 else "heard")

    @precondition(lambda self: self.writers)
    @rule(ticks=st.integers(1, 4), steps=STEPS)
    def the_newest_writer_is_replaced_and_knows_nothing_of_it(self, ticks: int, steps: int) -> None:
        zombie = self.writers[-1]
        self.a_writer_starts()
        zombie.make(ticks)
        for _ in range(steps):
            self.go_on(zombie, "heard")

    @precondition(lambda self: self.landing)
    @rule(data=st.data())
    def a_late_call_lands(self, data: st.DataObject) -> None:
        self.landing.pop(data.draw(st.integers(0, len(self.landing) - 1)))()

    def go_on(self, writer: Writer, fate: str) -> None:
        if writer not in self.writers:
            return
        if writer.run != self.server.run:
            writer.connect()
        call = partial(self.announced, writer.publishing(3)) if writer.opened else writer.opening()
        if fate == "heard":
            verdict = writer.confirm(call()) if writer.opened else writer.settle(call())
            if verdict in (FENCED, OpenVerdict.FENCED):
                self.end(writer)
            return
        writer.run = None
        if fate == "lost":
            call()
        else:
            self.landing.append(call)

    def end(self, writer: Writer) -> None:
        assert any(other.fence > writer.fence for other in self.writers)
        self.writers.remove(writer)

    def announced(self, call: "partial[Any]") -> Any:
        """Make a call of `publish`, and keep what it announces for the reader to hear or not."""
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
        self.landing.clear()

    @rule(lost_writes=st.integers(1, 3), steps=st.integers(1, 2))
    def the_server_restarts_and_the_newest_writer_reconnects(self, lost_writes: int, steps: int) -> None:
        self.the_server_restarts(lost_writes)
        self.the_newest_writer_works(ticks=0, steps=steps, fate="heard")

    @rule(which=st.sampled_from(["all", "head", "stream", "fence"]))
    def keys_are_deleted(self, which: str) -> None:
        """By FLUSHALL, by eviction or by hand."""
        head, stream, fence, _ = self.server.names
        self.trimmed |= which == "stream"
        self.server.delete(*{"all": self.server.names, "head": (head,), "stream": (stream,), "fence": (fence,)}[which])

    # What the reader does.

    @precondition(lambda self: self.messages)
    @rule(lost=st.integers(0, 3), count=st.integers(1, 8))
    def the_reader_hears_messages(self, lost: int, count: int) -> None:
        """Some messages are lost before the ones it hears."""
        del self.messages[:lost]
        for payload in self.messages[:count]:
            tick = decode_tick(payload)
            if self.reader.is_contiguous(tick.cursor):
                self.reader.append(tick)
            else:
                self.reader_reads()
        del self.messages[:count]

    @rule()
    def reader_reads(self) -> None:
        newest = self.reader.ring.newest
        reply = self.server.read(None if newest is None else newest.cursor)
        for payload in reply[2] if reply else ():
            self.reader.append(decode_tick(payload))

    # What must hold, always.

    @invariant()
    def the_feed_is_sound(self) -> None:
        entries = self.server.entries()
        newest = self.server.client.hget(self.server.names[0], "newest")
        for payload in [*(payload for _, payload in entries), *self.messages, *([newest] if newest else [])]:
            assert self.contents.setdefault(decode_tick(payload).cursor, payload) == payload, "a number names two ticks"
        for (one, _), (other, payload) in itertools.pairwise(entries):
            assert other.epoch > one.epoch or other == Cursor(one.epoch, one.seq + 1), "the stream has a hole"
            assert decode_tick(payload).cursor == other

    @invariant()
    def the_reader_has_every_tick_or_a_gap(self) -> None:
        ring = self.reader.ring
        for index in range(1, ring.end):
            one, other = ring.at(index - 1), ring.at(index)
            gap = gap_between(one.cursor, other.cursor)
            if gap is not None:
                assert self.trimmed or gap.reason is GapReason.RESTARTED
                continue
            writer, count = origin(other)
            assert count == (origin(one)[1] + 1 if origin(one)[0] == writer else 1), "a tick is missing, without a gap"


class LeasedMachine(FeedMachine):
    """The same with a lease: of all writers, zombies and those that Redis has forgotten, only its holder writes."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.fences: dict[int, int] = {}

    def new_writer(self) -> Writer:
        """A standby, when the holder was silent for too long. Redis's clock is later than any that was."""
        while _time_ms(self.server.client) <= max(self.fences.values(), default=0):
            pass
        self.server.expire()
        writer = Writer(self.server, next(self.numbers), 0, Spool("ES", capacity=6), leased=True)
        assert writer.take(writer.asking()()) is LeaseVerdict.HELD
        self.fences[writer.number] = writer.fence
        return writer

    def go_on(self, writer: Writer, fate: str) -> None:
        if writer.held or writer not in self.writers:
            super().go_on(writer, fate)
        elif fate == "heard":
            if writer.take(writer.asking()()) is LeaseVerdict.FENCED:
                self.end(writer)
        elif fate == "lost":
            writer.asking()()
        else:
            self.landing.append(writer.asking())

    def announced(self, call: "partial[Any]") -> Any:
        holder = self.server.client.hget(self.server.lease, "fence")
        heard = len(self.messages)
        reply = super().announced(call)
        for payload in self.messages[heard:]:
            assert str(self.fences[origin(decode_tick(payload))[0]]).encode() == holder, "written without the lease"
        return reply

    @rule()
    def the_lease_is_deleted(self) -> None:
        self.server.delete(self.server.lease)

    @rule()
    def the_newest_writer_asks_for_its_lease(self) -> None:
        self.writers[-1].held = False
        self.go_on(self.writers[-1], "heard")


def _time_ms(client: Any) -> int:
    seconds, micros = client.time()
    return int(seconds) * 1000 + int(micros) // 1000


def origin(tick: Tick) -> tuple[int, int]:
    """Which writer made a tick, and how many it had made with it."""
    assert tick.ask is not None
    assert tick.last is not None
    return int(tick.ask), int(tick.last)


@pytest.mark.timeout(120)
def test_whatever_happens_only_the_holder_of_the_lease_writes(shared_redis: RedisServer) -> None:
    with redis.Redis(port=shared_redis.port, protocol=2) as client:
        machine: Any = partial(LeasedMachine, client)
        run_state_machine_as_test(
            machine, settings=settings(deadline=None, derandomize=True, max_examples=20, stateful_step_count=25)
        )


@pytest.mark.timeout(120)
def test_whatever_happens_a_number_names_one_content_and_readers_miss_nothing_silently(
    shared_redis: RedisServer,
) -> None:
    with redis.Redis(port=shared_redis.port, protocol=2) as client:
        machine: Any = partial(FeedMachine, client)
        run_state_machine_as_test(
            machine, settings=settings(deadline=None, derandomize=True, max_examples=90, stateful_step_count=25)
        )
