"""The Lua scripts on a real server: their verdicts case by case, then two state machines with all that can happen."""

import itertools
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import redis
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.feed_machine import FeedMachine, LeasedMachine
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE_S
from tests.support.writer import Server, Writer
from tickql.feed.codec import decode_tick
from tickql.feed.keys import Keys
from tickql.feed.scripts import HandoverStage, LeaseVerdict, OpenVerdict, PublishVerdict
from tickql.feed.spool import Spool
from tickql.feed.tick import Cursor

NEW, SAME, TAKEOVER = OpenVerdict.NEW, OpenVerdict.SAME, OpenVerdict.TAKEOVER
REPAIR, ROTATE = OpenVerdict.REPAIR, OpenVerdict.ROTATE
OK, DUP, LOST = PublishVerdict.OK, PublishVerdict.DUP, PublishVerdict.LOST
REOPEN, AHEAD, FENCED = PublishVerdict.REOPEN, PublishVerdict.AHEAD, PublishVerdict.FENCED


@pytest.fixture
def server(shared_redis: RedisServer) -> Iterator[Server]:
    with redis.Redis(port=shared_redis.port, protocol=2) as client:
        server = Server(client, Keys(f"scripts_{uuid.uuid4().hex[:12]}"))
        server.take_snapshot()
        yield server


@pytest.fixture
def new_writer(server: Server) -> Callable[[], Writer]:
    """Makes writers that have not opened the symbol, each with a newer fence than the one before."""
    numbers = itertools.count(1)
    return lambda: Writer(server, next(numbers), server.take_fence(), Spool("ES", capacity=6))


@pytest.fixture
def writer(new_writer: Callable[[], Writer]) -> Writer:
    """A writer that has opened the symbol and published ticks 1 and 2."""
    writer = new_writer()
    assert writer.open() is NEW
    assert writer.publish(2) is OK
    return writer


@pytest.fixture
def other(writer: Writer, new_writer: Callable[[], Writer]) -> Writer:
    """A second writer, with a newer fence, that has not opened the symbol."""
    return new_writer()


def seqs(server: Server) -> list[int]:
    return [cursor.seq for cursor, _ in server.entries()]


def lasts(server: Server) -> list[str | None]:
    return [decode_tick(payload).last for _, payload in server.entries()]


def state(server: Server) -> object:
    """The head and the stream, to see whether a call has changed them."""
    return server.client.dump(server.all_keys[0]), server.entries()


def crash_after_two_more_ticks(server: Server, writer: Writer) -> list[tuple[Cursor, bytes]]:
    """Publish ticks 3 and 4 and lose them in a crash of the server. Returns the stream before the crash."""
    assert writer.publish(2) is OK
    before = server.entries()
    server.restart(lost_writes=1)
    assert len(server.entries()) == 2
    return before


# Opening.


def test_a_new_symbol_begins_at_one_in_an_epoch_that_is_the_time(server: Server, writer: Writer) -> None:
    assert [cursor[1:] for cursor, _ in server.entries()] == [(writer.spool.epoch, 1), (writer.spool.epoch, 2)]
    assert 1_000_000 < writer.spool.epoch <= server.now_ms


def test_a_writer_that_reconnects_continues(server: Server, writer: Writer) -> None:
    assert writer.open() is SAME
    assert writer.publish(1) is OK
    assert seqs(server) == [1, 2, 3]


def test_a_writer_whose_reply_was_lost_learns_at_opening_what_was_appended(server: Server, writer: Writer) -> None:
    writer.add_ticks(3)
    writer.publish_call(2)()  # The reply is lost.
    assert writer.open() is SAME
    assert writer.spool.confirmed_seq == 4
    assert writer.publish() is OK
    assert lasts(server) == ["1", "2", "3", "4", "5"]


def test_another_writer_continues_after_the_newest_tick_in_the_same_epoch(
    server: Server, writer: Writer, other: Writer
) -> None:
    assert other.open() is TAKEOVER
    other.publish(1)
    assert [cursor[1:] for cursor, _ in server.entries()] == [(writer.spool.epoch, seq) for seq in (1, 2, 3)]


def test_ticks_that_a_crash_lost_are_restored_under_their_own_numbers(server: Server, writer: Writer) -> None:
    before = crash_after_two_more_ticks(server, writer)
    assert writer.open() is REPAIR
    assert writer.publish() is OK
    assert server.entries() == before


def test_after_a_crash_that_lost_nothing_the_writer_continues(server: Server, writer: Writer) -> None:
    server.restart()
    assert writer.open() is REPAIR
    assert writer.publish(1) is OK
    assert seqs(server) == [1, 2, 3]


def test_ticks_that_a_crash_lost_and_the_spool_no_longer_has_make_a_new_epoch(server: Server, writer: Writer) -> None:
    for _ in range(3):
        writer.publish(3)
    server.restart(lost_writes=3)
    old_epoch = writer.spool.epoch
    assert writer.open() is ROTATE
    assert writer.spool.epoch > old_epoch
    assert writer.publish(1) is OK
    assert [cursor[1:] for cursor, _ in server.entries()][2:] == [(writer.spool.epoch, 12), (writer.spool.epoch, 13)]


def test_the_newest_price_survives_a_new_epoch_even_if_it_was_confirmed(server: Server, writer: Writer) -> None:
    server.delete(*server.all_keys)
    assert writer.publish() is LOST
    assert writer.open() is NEW
    assert writer.publish() is OK
    ((cursor, payload),) = server.entries()
    assert cursor == writer.spool.top
    assert decode_tick(payload).last == "2"


def test_ticks_that_a_full_spool_dropped_make_a_new_epoch(server: Server, writer: Writer) -> None:
    writer.add_ticks(8)
    assert writer.publish() is AHEAD
    assert writer.open() is ROTATE
    assert writer.publish() is OK
    assert lasts(server) == ["1", "2", "5", "6", "7", "8", "9", "10"]


def test_ticks_that_a_full_spool_dropped_before_it_was_ever_opened_make_a_new_epoch(
    server: Server, writer: Writer, other: Writer
) -> None:
    other.add_ticks(7)
    assert other.open() is ROTATE
    other.publish()
    assert [cursor.epoch > writer.spool.epoch for cursor, _ in server.entries()] == [False] * 2 + [True] * 6


@pytest.mark.parametrize(("is_repaired", "verdict"), [(False, ROTATE), (True, TAKEOVER)])
def test_a_takeover_in_the_middle_of_a_repair_begins_a_new_epoch_and_after_it_does_not(
    is_repaired: bool, verdict: OpenVerdict, server: Server, writer: Writer, other: Writer
) -> None:
    crash_after_two_more_ticks(server, writer)
    assert writer.open() is REPAIR
    if is_repaired:
        writer.publish()
    assert other.open() is verdict


def test_a_crash_in_the_middle_of_a_repair_is_repaired(server: Server, writer: Writer) -> None:
    before = crash_after_two_more_ticks(server, writer)
    writer.open()
    writer.apply_publish(writer.publish_call(1)())
    assert writer.open() is REPAIR
    writer.publish()
    assert server.entries() == before


def test_a_new_writer_after_a_crash_begins_a_new_epoch(server: Server, writer: Writer, other: Writer) -> None:
    server.restart()
    assert other.open() is ROTATE


def test_a_loss_without_a_restart_is_repaired_too(server: Server, writer: Writer) -> None:
    crash_after_two_more_ticks(server, writer)
    server.runs -= 1
    assert writer.publish() is AHEAD
    assert writer.open() is REPAIR


def test_the_numbers_of_a_stream_without_its_head_are_not_used_again(
    server: Server, writer: Writer, other: Writer
) -> None:
    server.delete(server.keys.head("ES"))
    server.now_ms = 500_000  # The clock goes back, too.
    assert other.open() is NEW
    other.publish(1)
    assert server.entries()[2][0][1:] == (writer.spool.epoch + 1, 3)


def test_epochs_rise_even_when_the_clock_goes_back(server: Server, writer: Writer, other: Writer) -> None:
    server.restart()
    server.now_ms = 500_000
    assert other.open() is ROTATE
    assert other.spool.epoch == writer.spool.epoch + 1


# Publishing.


def test_a_retry_of_appended_ticks_changes_nothing(server: Server, writer: Writer) -> None:
    writer.add_ticks(3)
    call = writer.publish_call()
    assert writer.apply_publish(call()) is OK
    before = state(server)
    assert writer.apply_publish(call()) is DUP
    assert state(server) == before


def test_a_retry_appends_only_the_ticks_that_are_missing(server: Server, writer: Writer) -> None:
    writer.add_ticks(3)
    whole = writer.publish_call()
    writer.publish_call(2)()
    assert writer.apply_publish(whole()) is OK
    assert seqs(server) == [1, 2, 3, 4, 5]


def test_a_symbol_that_is_not_open_is_not_written(server: Server, new_writer: Callable[[], Writer]) -> None:
    writer = new_writer()
    writer.connect()
    writer.spool.apply_open(NEW, 1_000_000, 0)
    assert writer.publish(1) is LOST
    assert server.entries() == []


@pytest.mark.parametrize("change", ["run", "writer", "epoch", "fence"])
def test_a_writer_that_differs_from_the_one_that_opened_the_symbol_must_open_it_again(
    change: str, server: Server, writer: Writer
) -> None:
    match change:
        case "run":
            writer.run_id = "another"
        case "writer":
            writer.number += 1
        case "epoch":
            writer.spool.epoch += 1
        case "fence":
            writer.fence += 1
    before = server.entries()
    assert writer.publish(1) is REOPEN
    assert server.entries() == before


def test_a_writer_with_an_older_fence_is_fenced_off(server: Server, writer: Writer, other: Writer) -> None:
    other.open()
    before = state(server)
    assert writer.publish(1) is FENCED
    assert writer.open() is OpenVerdict.FENCED
    assert state(server) == before


def test_a_fence_is_newer_than_all_before_it(server: Server) -> None:
    fences = [server.take_fence()]
    server.now_ms -= 100
    fences.append(server.take_fence())
    server.delete(server.keys.fence)
    server.now_ms += 200
    fences.append(server.take_fence())
    assert fences == sorted(set(fences))


def test_a_call_without_ticks_answers_whether_the_writer_may_still_write(
    server: Server, writer: Writer, other: Writer
) -> None:
    assert writer.publish() is DUP
    other.open()
    assert writer.publish() is FENCED
    server.delete(*server.all_keys)
    assert other.publish() is LOST


def test_every_tick_is_announced_once_on_both_channels(server: Server, new_writer: Callable[[], Writer]) -> None:
    writer = new_writer()
    writer.open()
    assert writer.publish() is DUP
    with server.client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(server.keys.everything, server.keys.channel("ES"))
        assert [pubsub.get_message(timeout=DEADLINE_S) for _ in range(2)] == [None, None]
        writer.publish(2)
        writer.publish()
        messages = [pubsub.get_message(timeout=DEADLINE_S) for _ in range(4)]
        payloads = [payload for _, payload in server.entries()]
        for channel in (server.keys.everything, server.keys.channel("ES")):
            assert [each["data"] for each in messages if each["channel"] == channel.encode()] == payloads
        assert pubsub.get_message(timeout=0) is None


# The lease.

HELD = LeaseVerdict.HELD


def test_a_lease_is_taken_when_it_is_free_and_kept_by_its_holder(server: Server) -> None:
    assert server.ask_lease("one", 0, "ask") == (LeaseVerdict.ABSENT, 0)
    verdict, fence = server.ask_lease("one", 0, "take")
    assert verdict is LeaseVerdict.HELD
    assert server.ask_lease("two", 0, "take") == (LeaseVerdict.TAKEN, fence)
    server.expire_lease()
    assert server.ask_lease("two", 0, "ask") == (LeaseVerdict.EXPIRED, fence)
    assert server.ask_lease("one", fence, "ask") == (LeaseVerdict.HELD, fence)
    assert server.ask_lease("two", 0, "take") == (LeaseVerdict.TAKEN, fence)


def test_a_lease_that_another_has_taken_is_lost_for_good(server: Server) -> None:
    _, fence = server.ask_lease("one", 0, "take")
    _, newer_fence = server.ask_lease("two", 0, "force")
    assert newer_fence > fence
    for mode in ("ask", "take", "force"):
        assert server.ask_lease("one", fence, mode) == (LeaseVerdict.FENCED, newer_fence)


def test_a_lease_that_redis_lost_comes_back_with_its_fence(server: Server) -> None:
    _, fence = server.ask_lease("one", 0, "take")
    server.delete(server.lease)
    assert server.ask_lease("one", fence, "ask") == (LeaseVerdict.ABSENT, 0)
    assert server.ask_lease("one", fence, "take") == (LeaseVerdict.HELD, fence)


@pytest.fixture
def leased(new_writer: Callable[[], Writer]) -> tuple[Writer, Writer]:
    """Two writers of one source, of which neither has asked for the lease."""
    writers = new_writer(), new_writer()
    for writer in writers:
        writer.needs_lease, writer.fence = True, 0
    return writers


def test_a_writer_whose_lease_another_has_taken_writes_nothing_once_the_symbol_is_opened(
    server: Server, leased: tuple[Writer, Writer]
) -> None:
    one, two = leased
    assert one.apply_lease(one.lease_call()()) is LeaseVerdict.HELD
    assert one.open() is NEW
    assert one.publish(2) is OK
    server.expire_lease()
    assert two.apply_lease(two.lease_call()()) is LeaseVerdict.HELD
    # What is written before the other one opens the symbol comes before its ticks, under numbers of its own.
    assert one.publish(1) is OK
    assert two.open() is TAKEOVER
    before = state(server)
    assert one.publish(1) is FENCED
    assert one.open() is OpenVerdict.OUTDATED
    assert one.apply_lease(one.lease_call()()) is LeaseVerdict.FENCED
    assert state(server) == before


def test_a_holder_whose_newest_fence_the_lease_has_lost_gets_one_above_all_that_symbols_have(
    server: Server, leased: tuple[Writer, Writer]
) -> None:
    one, two = leased
    assert one.apply_lease(one.lease_call()()) is LeaseVerdict.HELD
    server.expire_lease()
    before = len(server.snapshots)
    assert two.apply_lease(two.lease_call()()) is LeaseVerdict.HELD
    assert two.open() is NEW
    assert two.publish(2) is OK
    server.restore_lease(len(server.snapshots) - before)
    assert one.apply_lease(one.lease_call()()) is LeaseVerdict.HELD
    assert one.open() is OpenVerdict.OUTDATED
    assert one.apply_lease(one.lease_call()()) is LeaseVerdict.HELD
    assert one.fence > two.fence
    assert one.open() is TAKEOVER
    assert two.publish(1) is FENCED
    assert two.open() is OpenVerdict.OUTDATED
    assert two.apply_lease(two.lease_call()()) is LeaseVerdict.FENCED
    # A reply that is lost costs nothing: the holder learns its fence with the next one.
    own, one.seen_fence = one.fence, one.fence + 5
    one.lease_call()()
    assert one.apply_lease(one.lease_call()()) is LeaseVerdict.HELD
    assert one.fence > own + 5


def test_two_sources_that_write_one_symbol_are_kept_apart_by_their_order(
    server: Server, leased: tuple[Writer, Writer]
) -> None:
    one, two = leased
    assert one.apply_lease(one.lease_call()()) is LeaseVerdict.HELD
    assert one.open() is NEW
    two.needs_lease, two.fence = False, one.fence + 1
    assert two.open() is TAKEOVER
    assert one.publish(1) is FENCED
    assert one.open() is OpenVerdict.FENCED


def test_a_holder_and_its_standby_hear_the_stage_of_each_other(server: Server) -> None:
    _, fence = server.ask_lease("holder", 0, "take")
    assert server.tell_stage("holder", fence, HandoverStage.NONE) == (HELD, HandoverStage.NONE)
    assert server.tell_stage("next", 0, HandoverStage.WAITING) == (LeaseVerdict.TAKEN, HandoverStage.NONE)
    assert server.tell_stage("holder", fence, HandoverStage.LEAVING) == (HELD, HandoverStage.WAITING)
    assert server.tell_stage("next", 0, HandoverStage.READY) == (LeaseVerdict.TAKEN, HandoverStage.LEAVING)
    assert server.tell_stage("holder", fence, HandoverStage.LEAVING) == (HELD, HandoverStage.READY)
    server.release_lease("holder")
    assert server.tell_stage("next", 0, HandoverStage.READY, "take") == (HELD, HandoverStage.NONE)


def test_of_several_standbys_the_one_that_is_furthest_is_the_next_holder(server: Server) -> None:
    _, fence = server.ask_lease("holder", 0, "take")
    for standby in ("first", "second"):
        server.tell_stage(standby, 0, HandoverStage.WAITING)
    server.tell_stage("holder", fence, HandoverStage.LEAVING)
    assert server.tell_stage("first", 0, HandoverStage.WAITING)[1] is HandoverStage.LEAVING
    assert server.tell_stage("second", 0, HandoverStage.WAITING)[1] is HandoverStage.NONE, "one page is opened, not two"
    server.tell_stage("second", 0, HandoverStage.READY)
    server.release_lease("holder")
    assert server.tell_stage("first", 0, HandoverStage.WAITING, "take")[0] is LeaseVerdict.TAKEN
    assert server.tell_stage("second", 0, HandoverStage.READY, "take")[0] is HELD


def test_a_standby_that_has_stopped_asking_is_forgotten(server: Server) -> None:
    _, fence = server.ask_lease("holder", 0, "take")
    server.tell_stage("gone", 0, HandoverStage.READY)
    server.client.hset(server.lease, "standby_until", 0)
    assert server.tell_stage("holder", fence, HandoverStage.LEAVING) == (HELD, HandoverStage.NONE)
    server.release_lease("holder")
    assert server.tell_stage("other", 0, HandoverStage.WAITING, "take")[0] is HELD


# Reading.


def test_a_symbol_that_was_never_opened_reads_as_nothing(server: Server) -> None:
    assert server.read(None) == []


def test_the_newest_ticks_are_read_oldest_first(server: Server, writer: Writer) -> None:
    writer.publish(3)
    epoch, top, payloads, base = server.read(None, 2)
    assert int(base) == 0
    assert (int(epoch), int(top)) == writer.spool.top[1:]
    assert [decode_tick(payload).seq for payload in payloads] == [4, 5]


def test_the_ticks_after_a_cursor_are_read_in_order(server: Server, writer: Writer) -> None:
    writer.publish(3)
    assert [decode_tick(payload).seq for payload in server.read(Cursor("ES", writer.spool.epoch, 2), 2)[2]] == [3, 4]


# All together: who opened a symbol with a newer fence shuts out the others; a cursor names one tick; a reader has every
# tick or a gap.


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("machine", "max_examples"), [(LeasedMachine, 45), (FeedMachine, 90)])
def test_the_promises_hold_whatever_happens(
    machine: type[FeedMachine], max_examples: int, shared_redis: RedisServer
) -> None:
    with redis.Redis(port=shared_redis.port, protocol=2) as client:
        factory: Any = partial(machine, client)
        run_state_machine_as_test(
            factory,
            settings=settings(deadline=None, derandomize=True, max_examples=max_examples, stateful_step_count=25),
        )
