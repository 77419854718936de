"""One part of a tick's trace: what happened from when to when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class SpanKind(Enum):
    """The part that a span has in the exchange of a message, in OpenTelemetry's words."""

    INTERNAL = auto()
    PRODUCER = auto()
    """Sends the message that a span of kind `CONSUMER` receives."""
    CONSUMER = auto()


@dataclass(frozen=True, slots=True)
class Span:
    """A finished span. Times are Unix nanoseconds. `parent_id`: 0 for the root of the trace."""

    name: str
    trace_id: int
    span_id: int
    parent_id: int
    start_ns: int
    end_ns: int
    kind: SpanKind = SpanKind.INTERNAL
    has_remote_parent: bool = False
    """Whether the parent is a span of another process."""
    attributes: Mapping[str, str | int] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    """When something happened within the span, by name."""
