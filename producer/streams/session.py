"""A session of the browser's debugging protocol: of a page, or of something in it that has a session of its own."""

import base64
from collections.abc import Callable
from typing import Any, Protocol

CALL_MS = 5_000
"""The longest time that an answer may take."""


class Session(Protocol):
    """What is needed of one. Playwright's are such."""

    def on(self, event: str, f: Callable[[Any], Any]) -> None:
        """Have `f` called for each event of this name."""

    def remove_listener(self, event: str, f: Callable[[Any], Any]) -> None:
        """Have it called no more."""

    async def send(self, method: str, params: dict[str, Any] | None = None, *, timeout: float | None = None) -> Any:
        """Call a method of the protocol; `timeout` is in milliseconds.

        Raises:
            playwright.async_api.Error: it is refused, or not answered in time.
        """


def body_bytes(answer: dict[str, Any]) -> bytes:
    """What `Network.getResponseBody` gives."""
    return base64.b64decode(answer["body"]) if answer["base64Encoded"] else answer["body"].encode(errors="replace")
