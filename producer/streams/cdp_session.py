"""A session of the browser's debugging protocol: of a page, or of something in it that has a session of its own."""

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
"""The longest time that an answer may take."""


class CdpSession(Protocol):
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


class ChildCdpSession:
    """A session within another one; a `CdpSession`. Its messages are handed to `hear`.

    Playwright passes on nothing of sessions that it has not opened: these are wrapped in messages of their parent.
    """

    def __init__(self, parent: CdpSession, name: str) -> None:
        self._parent = parent
        self._name = name
        self._numbers = itertools.count(1)
        self._handlers: dict[str, list[Callable[[Any], Any]]] = defaultdict(list)
        self._calls: dict[int, asyncio.Future[dict[str, Any]]] = {}

    def on(self, event: str, f: Callable[[Any], Any]) -> None:
        """Have `f` called for each event of this name."""
        self._handlers[event].append(f)

    def remove_listener(self, event: str, f: Callable[[Any], Any]) -> None:
        """Have it called no more."""
        if f in self._handlers[event]:
            self._handlers[event].remove(f)

    async def send(self, method: str, params: dict[str, Any] | None = None, *, timeout: float | None = CALL_MS) -> Any:
        """Call a method of the protocol; `timeout` is in milliseconds, `None`: any.

        Raises:
            playwright.async_api.Error: it is refused, or not answered in time.
        """
        number = next(self._numbers)
        answering = self._calls[number] = asyncio.get_running_loop().create_future()
        message = json.dumps({"id": number, "method": method, "params": params or {}})
        try:
            wrapped = {"sessionId": self._name, "message": message}
            await self._parent.send("Target.sendMessageToTarget", wrapped, timeout=timeout)
            async with asyncio.timeout(None if timeout is None else timeout / 1000):
                answer = await answering
        except TimeoutError as error:
            raise PlaywrightTimeout(f"{method}: no answer") from error
        finally:
            del self._calls[number]
        if "error" in answer:
            raise PlaywrightError(f"{method}: {answer['error'].get('message')}")
        return answer.get("result", {})

    def hear(self, message: str) -> None:
        """Take in what the target says."""
        said = json.loads(message)
        if "id" in said:
            answering = self._calls.get(said["id"])
            if answering is not None and not answering.done():
                answering.set_result(said)
            return
        for handler in list(self._handlers.get(said["method"], ())):
            handler(said["params"])


def body_bytes(answer: dict[str, Any]) -> bytes:
    """What `Network.getResponseBody` gives."""
    return base64.b64decode(answer["body"]) if answer["base64Encoded"] else answer["body"].encode(errors="replace")
