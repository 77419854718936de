"""What Playwright calls for each event."""

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any


class EventHandler:
    """A function of one argument. An exception in one would come back out of an unrelated call: none may leave.

    Playwright asks for a handler's signature at each call, which takes longer than all else that is done for a frame:
    here it is at hand.
    """

    __signature__ = Signature([Parameter("given", Parameter.POSITIONAL_ONLY)])

    def __init__(self, handle: Callable[[Any], None]) -> None:
        self._handle = handle

    def __call__(self, given: Any, /) -> None:
        """Handle one event."""
        self._handle(given)
