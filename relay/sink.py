"""The sink protocol: all that a relay needs of a broker, and the messages that it sends.

To add a broker, write a module with a function like `SinkFactory`, named `create_sink`, and name it in
`tickql.relay.sinks`. A sink has three methods.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol

from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql.relay.address import SinkAddress


class MessageKind(Enum):
    """What a message says."""

    TICK = "tick"
    """A tick: the message of the feed, byte for byte."""
    GAP = "gap"
    """Ticks of a symbol that the feed could not deliver. It comes right before the tick that follows them."""
    STATUS = "status"
    """The status of a symbol or of the whole feed has changed, or the relay has opened the sink."""


class Message(NamedTuple):
    """One message for the broker.

    `key`: the symbol; of a status of the whole feed, the word `feed`. `cursor`: of a tick, its name; of a gap, the name
    of the tick that follows it; `None`: a status. `body`: JSON in UTF-8.
    """

    kind: MessageKind
    key: str
    cursor: Cursor | None
    body: bytes

    @property
    def id(self) -> str | None:
        """A name that no other message of the feed ever has; `None`: a status. It has no name, and may come again."""
        if self.cursor is None:
            return None
        return str(self.cursor) if self.kind is MessageKind.TICK else f"{self.cursor} {self.kind.value}"


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in order, at least one. The order counts within a symbol: ticks and gaps as the feed has them."""

    messages: Sequence[Message]
    places: Mapping[str, Cursor]
    """The last cursor of each symbol that has a tick in this batch: the relay's place behind it."""


@dataclass(frozen=True, slots=True)
class RelayContext:
    """The relay that a sink belongs to.

    `name`: the broker keeps a place for each name, so two relays of one name never send at the same time. `settings`:
    the feed that is relayed; topics, exchanges and the like are named after its namespace, `market_data`.
    """

    name: str
    settings: FeedSettings


class Sink(Protocol):
    """One connection to a broker, from `open` to `close`.

    A relay makes a new sink after each failure. All calls come from one task, one at a time; each may be cancelled, and
    after that only `close` is called. No method may block the event loop. Each waits for the broker with a deadline of
    some seconds. A sink logs nothing that the relay logs: the text of an error is enough.

    Each method but `close` raises:
        SinkUnavailable: the broker is away, or takes nothing now. The relay logs it, pauses, and opens a new sink.
        SinkRefused: only a person can help. The relay ends with this error.
        SinkFenced: another relay of this name has opened its sink since. This relay is a standby again.
    """

    async def open(self) -> Mapping[str, Cursor]:
        """Connect, and create what is missing and may be created. Returns the durable place.

        That is the cursor of the newest tick of each symbol that the broker has from relays of this name; a symbol
        of which it has none is missing. From now on nothing that an earlier sink of this name has sent may
        arrive, where the broker can fence it off; the place includes everything that has arrived before.
        """
        ...

    async def send(self, batch: Batch) -> None:
        """Send a batch. Returns when the broker has all of it durably, and the place behind it.

        A broker that can takes messages and place in one atomic step. After an error any part of it may have arrived:
        the relay goes on from what the next `open` returns.
        """
        ...

    async def close(self) -> None:
        """Close the connection, within a second or two, in any state. Never raises, and may be called twice."""
        ...


SinkFactory = Callable[[SinkAddress, RelayContext], Sink]
"""Makes a sink without connecting it. Raises `InvalidAddress`: a part of the address cannot be used."""
