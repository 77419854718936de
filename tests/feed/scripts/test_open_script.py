"""The script `open`: how the numbering of a symbol continues, case by case."""

import pytest

from tests.support.writer import Server, Writer
from tickql.feed.codec import decode_tick
from tickql.feed.scripts import OpenVerdict, PublishVerdict
from tickql.feed.tick import Cursor

NEW, SAME, TAKEOVER = OpenVerdict.NEW, OpenVerdict.SAME, OpenVerdict.TAKEOVER
REPAIR, ROTATE = OpenVerdict.REPAIR, OpenVerdict.ROTATE
OK, LOST, AHEAD = PublishVerdict.OK, PublishVerdict.LOST, PublishVerdict.AHEAD


def lasts(server: Server) -> list[str | None]:
    return [decode_tick(payload).last for _, payload in server.entries()]


def crash_after_two_more_ticks(server: Server, writer: Writer) -> list[tuple[Cursor, bytes]]:
    """Publish ticks 3 and 4 and lose them in a crash of the server. Returns the stream before the crash."""
    assert writer.publish(2) is OK
    before = server.entries()
    server.restart(lost_writes=1)
    assert len(server.entries()) == 2
    return before


def test_a_new_symbol_begins_at_one_in_an_epoch_that_is_the_time(server: Server, writer: Writer) -> None:
    assert [cursor[1:] for cursor, _ in server.entries()] == [(writer.spool.epoch, 1), (writer.spool.epoch, 2)]
    assert 1_000_000 < writer.spool.epoch <= server.now_ms


def test_a_writer_that_reconnects_continues(server: Server, writer: Writer) -> None:
    assert writer.open() is SAME
    assert writer.publish(1) is OK
    assert server.seqs() == [1, 2, 3]


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
    assert server.seqs() == [1, 2, 3]


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
