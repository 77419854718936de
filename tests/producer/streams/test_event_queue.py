"""The event queue: bounded, in order, and dropped messages are reported."""

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


def test_events_leave_the_queue_once_and_in_order() -> None:
    arrived = asyncio.Event()
    queue = EventQueue(arrived)
    first, last = ConnectionOpened(READER, 1, "ws://localhost"), ConnectionClosed(READER, 1, None)
    events: list[StreamEvent] = [first, received("1"), received("2"), last]
    for event in events:
        queue.put(event)
    assert arrived.is_set()
    assert queue.pop_all() == events
    assert queue.pop_all() == []


def test_too_many_messages_are_dropped_but_events_of_connections_stay() -> None:
    queue = EventQueue(asyncio.Event())
    queue.put(ConnectionOpened(READER, 1, "ws://localhost"))
    for _ in range(25_000):
        queue.put(received())
    events = queue.pop_all()
    assert events[:2] == [ConnectionOpened(READER, 1, "ws://localhost"), MessagesLost(20_000)]
    assert events[2:] == [received()] * 5_000


def test_too_many_characters_are_dropped_too() -> None:
    queue = EventQueue(asyncio.Event())
    for _ in range(20):
        queue.put(received("x" * 4_000_000))
    assert sum(len(event.data) for event in queue.pop_all() if isinstance(event, MessageReceived)) <= 50_000_000
