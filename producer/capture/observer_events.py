"""What the observers of a page tell the producer: the events that `ObserverClient.drain` returns."""

from collections.abc import Mapping
from typing import NamedTuple

from tickql.producer.capture.messages import Flush, Heartbeat
from tickql.producer.errors import PageFault


class FrameGone(NamedTuple):
    """A frame is gone, and its observer with it; `context` of `None`: all frames.

    `is_hung`: the frame is still there, but sends nothing any more.
    """

    context: int | None
    is_hung: bool = False


class FrameMessage(NamedTuple):
    """A message, and the execution context of the frame that sent it."""

    context: int
    message: Flush | Heartbeat
    characters: int = 0
    """Length of the message as it came."""


class ReadingsLost(NamedTuple):
    """Readings were dropped, because more waited here than the memory may hold."""

    changes: Mapping[tuple[int, str], int]
    """How many changes, by rule and by what the page shows as symbol: the readings, and what those had replaced."""


class PageMoved(NamedTuple):
    """The page has changed its address without loading another document. Messages from there come after this event."""

    url: str


ObserverEvent = FrameMessage | FrameGone | ReadingsLost | PageMoved | PageFault
