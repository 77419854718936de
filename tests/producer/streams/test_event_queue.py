"""Where messages wait: bounded, and what is thrown away is said."""

import asyncio

from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.streams.event_queue import EventQueue
from tickql.producer.streams.events import (
    ConnectionClosed,
    ConnectionOpened,
    MessageReceived,
    MessagesLost,
    StreamEvent,
)
from tickql.producer.streams.stream_set import StreamSet

RULE = '[[stream]]\nfrom = "websocket"\nurl = "*"\nsymbol = "s"\nlast = "p"'
(READER,) = StreamSet(FeedFile.parse(f'page.url = "http://localhost"\n{RULE}')).readers


def received(data: str = "{}") -> MessageReceived:
    return MessageReceived(READER, 1, data, 1)


def test_what_comes_is_taken_once_and_in_order() -> None:
    arrived = asyncio.Event()
    queue = EventQueue(arrived)
    first, last = ConnectionOpened(READER, 1, "ws://localhost"), ConnectionClosed(READER, 1, None)
    items: list[StreamEvent] = [first, received("1"), received("2"), last]
    for item in items:
        queue.put(item)
    assert arrived.is_set()
    assert queue.pop_all() == items
    assert queue.pop_all() == []


def test_a_flood_is_thrown_away_but_not_the_word_of_connections() -> None:
    queue = EventQueue(asyncio.Event())
    queue.put(ConnectionOpened(READER, 1, "ws://localhost"))
    for _ in range(25_000):
        queue.put(received())
    items = queue.pop_all()
    assert items[:2] == [ConnectionOpened(READER, 1, "ws://localhost"), MessagesLost(20_000)]
    assert items[2:] == [received()] * 5_000


def test_a_flood_of_few_large_messages_is_one_too() -> None:
    queue = EventQueue(asyncio.Event())
    for _ in range(20):
        queue.put(received("x" * 4_000_000))
    assert sum(len(item.data) for item in queue.pop_all() if isinstance(item, MessageReceived)) <= 50_000_000
