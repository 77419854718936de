"""What a page's ears put into the inbox: connections that come and go, and what they bring."""

from itertools import count
from typing import NamedTuple

from tickql.producer.streams.reader import StreamReader

numbers = count(1)
"""Numbers for connections and requests, each used once, in order."""


class ConnectionOpened(NamedTuple):
    """A connection stands."""

    reader: StreamReader
    connection: int
    url: str


class ConnectionClosed(NamedTuple):
    """A connection has ended. `failure`: why, if that is worth a word."""

    reader: StreamReader
    connection: int
    failure: str | None


class MessageReceived(NamedTuple):
    """A message has come, at `us` by our own clock. `asked`: of a response, the number of its request."""

    reader: StreamReader
    connection: int
    data: str | bytes
    us: int
    asked: int = 0


class MessagesLost(NamedTuple):
    """So many messages came faster than they were read, and were thrown away."""

    messages: int


class ListenerRestarted(NamedTuple):
    """The page is another document now: all its connections are gone."""


StreamEvent = ConnectionOpened | ConnectionClosed | MessageReceived | MessagesLost | ListenerRestarted
