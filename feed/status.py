"""A producer's report on its page and symbols: sent each second and at each change, as JSON.

The hash `market_data:status` holds the newest report of each source; the channel of the same name announces it.
"""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from tickql.feed.printable import printable
from tickql.feed.stored_message import StoredMessage, StoredValue


class ProducerState(StrEnum):
    """The state of a page, or of one symbol on it, as its producer reads it."""

    STARTING = "STARTING"
    """Nothing has been read yet."""
    LIVE = "LIVE"
    """The page is alive and every field is found. Prices may change or not."""
    DEGRADED = "DEGRADED"
    """The page is alive but cannot be read as promised: the sample interval was increased, for example."""
    MISSING = "MISSING"
    """A field is not found on the page, or shows no price; the reason names the field."""
    STALE = "STALE"
    """The page does not respond (hung, crashed, unreachable), or its prices are not live (logged out, blocked)."""
    STOPPED = "STOPPED"
    """The producer was shut down on purpose."""


Reason = Annotated[str, AfterValidator(printable)]
"""A sentence for people, which may quote the page: no control character of it reaches a log or a terminal."""


class SymbolReport(StoredValue):
    """The report on one symbol. `reason` is a sentence for people; `None` while nothing is wrong."""

    state: ProducerState
    reason: Reason | None = None
    since_us: int
    """When the symbol entered this state, in Unix microseconds."""
    last_tick_us: int | None = None
    """When the newest tick was observed, in Unix microseconds; `None`: no tick yet. The publisher fills it in."""


class ProducerReport(StoredMessage):
    """The report of one producer on its page and on each of its symbols."""

    kind: ClassVar[str] = "a producer report"

    source: str
    """The name of the page: the stem of the feed file's name, or the page's host."""
    state: ProducerState
    reason: Reason | None = None
    since_us: int
    heard_us: int
    """When the report was sent, in Unix microseconds. The publisher fills it in."""
    symbols: dict[str, SymbolReport] = Field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the report as JSON, for the hash field `source` and for the channel."""
        return self.model_dump_json().encode()
