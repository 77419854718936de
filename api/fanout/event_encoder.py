"""The interface of an encoder, which turns events into messages for one kind of subscriber."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from tickql.api.fanout.event_json import EventJson
from tickql.api.fanout.status_json import StatusJson
from tickql.api.traffic import Transport


class EventEncoder(Protocol):
    """Encodes events as the payloads of messages.

    Subscribers whose encoders are equal share each payload, so an encoder must be hashable and its result must depend
    on nothing but the encoder's value and the event.
    """

    @property
    def transport(self) -> Transport:
        """How its messages reach a client."""

    def __hash__(self) -> int: ...

    def encode(self, event: EventJson, /) -> bytes:
        """Return the payload for one event of one symbol."""

    def encode_many(self, events: Iterable[EventJson], /) -> Iterator[bytes]:
        """Yield payloads for the newest events of several symbols, at most one event a symbol.

        One payload mostly. Many events are divided into several payloads of limited size.
        """


class StatusEncoder(Protocol):
    """Encodes states of the feed, like `EventEncoder` encodes events."""

    @property
    def transport(self) -> Transport:
        """How its messages reach a client."""

    def __hash__(self) -> int: ...

    def encode(self, status: StatusJson, /) -> bytes:
        """Return the payload for one state."""
