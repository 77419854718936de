"""The script `read`: the head of a symbol and its ticks."""

from tests.support.writer import Server, Writer
from tickql.feed.codec import decode_tick
from tickql.feed.tick import Cursor


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
