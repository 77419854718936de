"""What a producer says of itself once a second, and when it changes: the `market_data:status` hash and channel."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from tickql.feed.errors import InvalidMessage


class ProducerState(StrEnum):
    """How well a producer sees its page, or one symbol of it."""

    STARTING = "STARTING"
    """Not yet a first reading."""
    LIVE = "LIVE"
    """The page is alive and every field is found, whether or not prices change."""
    DEGRADED = "DEGRADED"
    """Alive, but with less than promised: the sample interval was widened, say."""
    MISSING = "MISSING"
    """Some field is not found on the page, or shows no price; the reason names it."""
    STALE = "STALE"
    """The page is not heard (hung, crashed, unreachable) or not believed (logged out, blocked, not live)."""
    STOPPED = "STOPPED"
    """Shut down on purpose."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SymbolReport(_Message):
    """One symbol as its producer sees it. `reason` is a sentence for people, `None` while all is well."""

    state: ProducerState
    reason: str | None = None
    since_us: int
    """Since when it is in this state, Unix microseconds."""
    last_tick_us: int | None = None
    """When its newest tick was observed, Unix microseconds; `None`: none yet. The publisher fills it in."""


class ProducerReport(_Message):
    """One producer's word about its page and each of its symbols."""

    source: str
    """Which page: the feed file's stem, or the page's host."""
    state: ProducerState
    reason: str | None = None
    since_us: int
    heard_us: int
    """When this was said, Unix microseconds."""
    symbols: dict[str, SymbolReport] = {}

    def encode(self) -> bytes:
        """The bytes for the hash field (named by `source`) and the channel."""
        return self.model_dump_json().encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a report.

        Raises:
            InvalidMessage: not a report.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise InvalidMessage(f"not a producer report: {error.error_count()} faults") from error
