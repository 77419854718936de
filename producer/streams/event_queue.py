"""Where what the page receives waits to be read: bounded, in order."""

import asyncio

from tickql.producer.streams.events import MessageReceived, MessagesLost, StreamEvent

_MAX_MESSAGES = 10_000
_MAX_CHARACTERS = 50_000_000


class EventQueue:
    """Takes items without waiting. More than 10,000 messages, or 50 million characters of them, are thrown away.

    `arrived` is set while there is something to take.
    """

    def __init__(self, arrived: asyncio.Event) -> None:
        self._arrived = arrived
        self._items: list[StreamEvent] = []
        self._messages = 0
        self._characters = 0

    def put(self, item: StreamEvent) -> None:
        """Take an item in."""
        if isinstance(item, MessageReceived):
            self._messages += 1
            self._characters += len(item.data)
            if self._messages > _MAX_MESSAGES or self._characters > _MAX_CHARACTERS:
                self._throw_away()
                self._messages, self._characters = 1, len(item.data)
        self._items.append(item)
        self._arrived.set()

    def take(self) -> list[StreamEvent]:
        """Everything that has come, in order."""
        items, self._items = self._items, []
        self._messages = self._characters = 0
        return items

    def _throw_away(self) -> None:
        lost = sum(isinstance(item, MessageReceived) for item in self._items)
        lost += sum(item.messages for item in self._items if isinstance(item, MessagesLost))
        self._items = [item for item in self._items if not isinstance(item, MessageReceived | MessagesLost)]
        self._items.append(MessagesLost(lost))
