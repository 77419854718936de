"""The script `lease`: who holds the lease, with which fence, and how it is handed over."""

from collections.abc import Callable

import pytest

from tests.support.writer import Server, Writer
from tickql.feed.scripts import HandoverStage, LeaseVerdict, OpenVerdict, PublishVerdict

HELD = LeaseVerdict.HELD
NEW, TAKEOVER = OpenVerdict.NEW, OpenVerdict.TAKEOVER
OK, FENCED = PublishVerdict.OK, PublishVerdict.FENCED


@pytest.fixture
def leased(new_writer: Callable[[], Writer]) -> tuple[Writer, Writer]:
    """Two writers of one source, of which neither has asked for the lease."""
    writers = new_writer(), new_writer()
    for writer in writers:
        writer.needs_lease, writer.fence = True, 0
    return writers


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
    before = server.state()
    assert one.publish(1) is FENCED
    assert one.open() is OpenVerdict.OUTDATED
    assert one.apply_lease(one.lease_call()()) is LeaseVerdict.FENCED
    assert server.state() == before


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
