"""The events that a page's streams put into the event queue: connections that open and close, and their messages."""

from itertools import count
from typing import NamedTuple

from tickql.producer.streams.reader import StreamReader

serial_numbers = count(1)
"""Numbers of connections and requests: ascending, each used once in the life of the process."""


class ConnectionOpened(NamedTuple):
    """A connection is open."""

    reader: StreamReader
    connection: int
    """The serial number of the connection."""
    url: str


class ConnectionClosed(NamedTuple):
    """A connection has ended, or a request has failed."""

    reader: StreamReader
    connection: int
    failure: str | None
    """Why the connection failed, for people; `None`: it ended in the ordinary way."""


class MessageReceived(NamedTuple):
    """A message has arrived."""

    reader: StreamReader
    connection: int
    data: str | bytes
    us: int
    """When the message arrived, by this machine's clock: Unix microseconds."""
    request_number: int = 0
    """The serial number of the request that this response answers; 0: the message is not a response."""


class MessagesLost(NamedTuple):
    """The event queue was full: this number of messages was dropped unread."""

    messages: int


class DocumentReplaced(NamedTuple):
    """The page has loaded another document: all connections of the old document are gone."""


StreamEvent = ConnectionOpened | ConnectionClosed | MessageReceived | MessagesLost | DocumentReplaced
