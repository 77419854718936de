"""The script `publish`: what it appends and announces, and whom it refuses."""

from collections.abc import Callable

import pytest

from tests.support.waiting import DEADLINE_S
from tests.support.writer import Server, Writer
from tickql.feed.scripts import OpenVerdict, PublishVerdict

OK, DUP, LOST = PublishVerdict.OK, PublishVerdict.DUP, PublishVerdict.LOST
REOPEN, FENCED = PublishVerdict.REOPEN, PublishVerdict.FENCED


def test_a_retry_of_appended_ticks_changes_nothing(server: Server, writer: Writer) -> None:
    writer.add_ticks(3)
    call = writer.publish_call()
    assert writer.apply_publish(call()) is OK
    before = server.state()
    assert writer.apply_publish(call()) is DUP
    assert server.state() == before


def test_a_retry_appends_only_the_ticks_that_are_missing(server: Server, writer: Writer) -> None:
    writer.add_ticks(3)
    whole = writer.publish_call()
    writer.publish_call(2)()
    assert writer.apply_publish(whole()) is OK
    assert server.seqs() == [1, 2, 3, 4, 5]


def test_a_symbol_that_is_not_open_is_not_written(server: Server, new_writer: Callable[[], Writer]) -> None:
    writer = new_writer()
    writer.connect()
    writer.spool.apply_open(OpenVerdict.NEW, 1_000_000, 0)
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
    before = server.state()
    assert writer.publish(1) is FENCED
    assert writer.open() is OpenVerdict.FENCED
    assert server.state() == before


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
