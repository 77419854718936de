"""The callable that Playwright gets as a handler of frequent events."""

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any


class EventHandler:
    """A handler of one argument. The function that it calls must not raise.

    Playwright runs handlers inside whatever call reads the next message, so an exception would come out of an
    unrelated call.

    Playwright also asks for the signature of a handler at each call. For a plain function `inspect` works it out each
    time, which took longer than all other work for a WebSocket frame; here the signature is an attribute.
    """

    __signature__ = Signature([Parameter("given", Parameter.POSITIONAL_ONLY)])

    def __init__(self, handle: Callable[[Any], None]) -> None:
        self._handle = handle

    def __call__(self, given: Any, /) -> None:
        """Handle one event."""
        self._handle(given)
