"""What an observer client hands on: messages of frames, and what has happened to frames and page."""

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

    by_symbol: Mapping[str, int]


ObserverEvent = FrameMessage | FrameGone | ReadingsLost | PageFault
