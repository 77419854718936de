"""The bounded queue between the handlers of browser events and the page watcher. Order is kept."""

import asyncio

from tickql.producer.streams.events import MessageReceived, MessagesLost, StreamEvent

# Both limits bound the memory that a flood of messages can take while the event loop is busy.
_MAX_QUEUED_MESSAGES = 10_000
_MAX_QUEUED_CHARACTERS = 50_000_000


class EventQueue:
    """A queue that never blocks its writer. Events leave in the order in which they came.

    If more than 10,000 messages, or 50 million characters in messages, wait, all waiting messages are dropped, and one
    `MessagesLost` takes their place. `arrived` is set when an event is added; the reader clears it.
    """

    def __init__(self, arrived: asyncio.Event) -> None:
        self._arrived = arrived
        self._events: list[StreamEvent] = []
        self._messages = 0
        self._characters = 0

    def put(self, event: StreamEvent) -> None:
        """Add an event."""
        if isinstance(event, MessageReceived):
            self._messages += 1
            self._characters += len(event.data)
            if self._messages > _MAX_QUEUED_MESSAGES or self._characters > _MAX_QUEUED_CHARACTERS:
                self._drop_messages()
                self._messages, self._characters = 1, len(event.data)
        self._events.append(event)
        self._arrived.set()

    def pop_all(self) -> list[StreamEvent]:
        """Return all waiting events, oldest first, and empty the queue."""
        events, self._events = self._events, []
        self._messages = self._characters = 0
        return events

    def _drop_messages(self) -> None:
        # Events of connections are kept: without them a reader would count a closed connection as open.
        lost = sum(isinstance(event, MessageReceived) for event in self._events)
        lost += sum(event.messages for event in self._events if isinstance(event, MessagesLost))
        self._events = [event for event in self._events if not isinstance(event, MessageReceived | MessagesLost)]
        self._events.append(MessagesLost(lost))
