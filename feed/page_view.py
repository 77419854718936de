"""What a producer sees of its page at one moment: what it read, where, and a picture. Made on demand, kept a minute.

The hash `market_data:view:<source>` holds the newest view: its `id`, the `view` as JSON, and the `picture`.
"""

from typing import ClassVar, NamedTuple

from tickql.feed.status import ProducerState, Reason
from tickql.feed.stored_message import StoredMessage, StoredValue

VIEW_MS = 60_000
"""How long Redis keeps a view."""
MAX_PICTURE_BYTES = 1_000_000
"""The largest picture that a producer stores."""
PICTURE_TYPE = "image/jpeg"


class Box(StoredValue):
    """A rectangle of the picture, in CSS pixels from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


class FieldView(StoredValue):
    """One price of one symbol: where it is on the page, and what was read there."""

    symbol: str
    field: str
    """`ask`, `bid` or `last`."""
    selector: str
    """The selector of the feed file that is in use, or the expression that picks the price from a stream."""
    box: Box | None = None
    """Around the element that the price is read from; `None`: there is none in the picture."""
    text: Reason | None = None
    """What the page shows there, in words; `None`: nothing was read."""
    price: str | None = None
    """The price in that text; `None`: it is a placeholder, or no price."""
    observed_us: int | None = None
    """When the page showed the newest change of this price, in Unix microseconds; `None`: no tick has had a price."""
    state: ProducerState
    reason: Reason | None = None
    """Why the price is not live; `None`: it is live."""


class PageView(StoredMessage):
    """What a producer sees of its page."""

    kind: ClassVar[str] = "a view of a page"

    id: str
    """Of this view and its picture."""
    taken_us: int
    """When the picture was taken, in Unix microseconds, by the producer's clock."""
    page: Reason
    """Title and address of the page, without the query of the address."""
    width: int
    height: int
    """Of the picture, in CSS pixels: it may have more pixels than that."""
    covered: int = 0
    """Places that are covered in the picture, because they hold or may hold a secret."""
    fields: tuple[FieldView, ...] = ()
    left_out: int = 0
    """Prices that are not in `fields`, because there are too many."""

    def encode(self) -> bytes:
        """Return the view as JSON."""
        return self.model_dump_json(exclude_defaults=True).encode()


class ViewAnswer(StoredMessage):
    """A producer's answer to a request. Either there is a view in Redis, or there is a reason why not."""

    kind: ClassVar[str] = "an answer"

    id: str | None = None
    """Of the view."""
    reason: Reason | None = None
    """Why there is no view, in a sentence for people."""

    def encode(self) -> bytes:
        """Return the answer as JSON."""
        return self.model_dump_json(exclude_none=True).encode()


class Seen(NamedTuple):
    """A view with its picture."""

    view: PageView
    picture: bytes


class NotSeen(Exception):
    """There is no view now. The message says why, in a sentence for people."""
