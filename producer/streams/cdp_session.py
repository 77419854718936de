"""Sessions of the Chrome DevTools Protocol (CDP): of a page, or of a frame or worker inside it."""

import asyncio
import base64
import itertools
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Protocol

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

CALL_MS = 5_000
"""The timeout of a protocol call. A browser that works answers within milliseconds."""


class CdpSession(Protocol):
    """The part of a CDP session that this package uses. Playwright's `CDPSession` has it."""

    def on(self, event: str, f: Callable[[Any], Any]) -> None:
        """Call `f` for each event of this name."""

    def remove_listener(self, event: str, f: Callable[[Any], Any]) -> None:
        """Stop calling `f` for events of this name."""

    async def send(self, method: str, params: dict[str, Any] | None = None, *, timeout: float | None = None) -> Any:
        """Call a method of the protocol and return its result; `timeout` is in milliseconds.

        Raises:
            playwright.async_api.Error: the browser refuses the call, or does not answer in time.
        """


class ChildCdpSession:
    """A `CdpSession` inside another session.

    Playwright forwards nothing of sessions that it has not opened itself. Messages of such a session travel inside
    `Target.sendMessageToTarget` and `Target.receivedMessageFromTarget` of the parent session, whose owner hands them to
    `handle_message`.
    """

    def __init__(self, parent: CdpSession, session_id: str) -> None:
        self._parent = parent
        self._session_id = session_id
        self._call_ids = itertools.count(1)
        self._handlers: dict[str, list[Callable[[Any], Any]]] = defaultdict(list)
        self._calls: dict[int, asyncio.Future[dict[str, Any]]] = {}

    def on(self, event: str, f: Callable[[Any], Any]) -> None:
        """Call `f` for each event of this name."""
        self._handlers[event].append(f)

    def remove_listener(self, event: str, f: Callable[[Any], Any]) -> None:
        """Stop calling `f` for events of this name."""
        if f in self._handlers[event]:
            self._handlers[event].remove(f)

    async def send(self, method: str, params: dict[str, Any] | None = None, *, timeout: float | None = CALL_MS) -> Any:
        """Call a method of the protocol and return its result; `timeout` is in milliseconds, `None`: no limit.

        Raises:
            playwright.async_api.Error: the browser refuses the call, or does not answer in time.
        """
        call_id = next(self._call_ids)
        # The future exists before the call is sent: the answer may arrive before the parent's `send` returns.
        waiting = self._calls[call_id] = asyncio.get_running_loop().create_future()
        message = json.dumps({"id": call_id, "method": method, "params": params or {}})
        try:
            wrapped = {"sessionId": self._session_id, "message": message}
            await self._parent.send("Target.sendMessageToTarget", wrapped, timeout=timeout)
            async with asyncio.timeout(None if timeout is None else timeout / 1000):
                answer = await waiting
        except TimeoutError as error:
            raise PlaywrightTimeout(f"{method}: no answer") from error
        finally:
            del self._calls[call_id]
        if "error" in answer:
            raise PlaywrightError(f"{method}: {answer['error'].get('message')}")
        return answer.get("result", {})

    def handle_message(self, message: str) -> None:
        """Handle a message from the target: the answer to a call, or an event."""
        decoded = json.loads(message)
        if "id" in decoded:
            waiting = self._calls.get(decoded["id"])
            # The answer to a call that has timed out, or whose caller was cancelled, is ignored.
            if waiting is not None and not waiting.done():
                waiting.set_result(decoded)
            return
        # A copy: a handler may remove itself or others.
        for handler in list(self._handlers.get(decoded["method"], ())):
            handler(decoded["params"])


def body_bytes(answer: dict[str, Any]) -> bytes:
    """Return the body in an answer to `Network.getResponseBody`."""
    return base64.b64decode(answer["body"]) if answer["base64Encoded"] else answer["body"].encode(errors="replace")
