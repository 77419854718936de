"""The event streams and responses of a page, over the browser's debugging protocol.

Heard are those of the page and of its frames on the same site; not those of workers and of frames of other sites. The
protocol tells of every request of the page, so it is switched on only where a rule asks for it.
"""

import base64
from collections.abc import Sequence
from typing import Any

from producer.streams.browserclock import BrowserClock
from producer.streams.flows import EVENT_STREAM, Flows
from producer.streams.handler import Handler
from producer.streams.inbox import Inbox
from producer.streams.reader import StreamReader
from producer.streams.responses import Responses
from producer.streams.rule import StreamKind
from producer.streams.session import CALL_MS, Session
from producer.streams.textlines import Event

_BUFFERS = {"maxTotalBufferSize": 40_000_000, "maxResourceBufferSize": 10_000_000}
_BY_SCRIPT = ("Fetch", "XHR")


class Network:
    """Hears the requests of one session. `close` ends that."""

    def __init__(self, session: Session, readers: Sequence[StreamReader], inbox: Inbox) -> None:
        self._session = session
        self._clock = BrowserClock()
        whole = [reader for reader in readers if reader.rule.kind is StreamKind.JSON]
        self._responses = Responses(session, whole, inbox)
        self._flows = Flows(session, [reader for reader in readers if reader not in whole], inbox)
        self._handlers = {
            "Network.requestWillBeSent": Handler(self._on_request),
            "Network.responseReceived": Handler(self._on_response),
            "Network.eventSourceMessageReceived": Handler(self._on_event),
            "Network.dataReceived": Handler(self._on_data),
            "Network.loadingFinished": Handler(self._on_finished),
            "Network.loadingFailed": Handler(self._on_failed),
        }

    async def open(self) -> None:
        """Listen from now on.

        Raises:
            playwright.async_api.Error: the page does not answer.
        """
        for event, handler in self._handlers.items():
            self._session.on(event, handler)
        await self._session.send("Network.enable", dict(_BUFFERS), timeout=CALL_MS)

    def close(self) -> None:
        """Listen no more."""
        self._responses.close()
        self._flows.close()
        for event, handler in self._handlers.items():
            self._session.remove_listener(event, handler)

    def restart(self) -> None:
        """The page is another document now."""
        self._responses.restart()
        self._flows.restart()

    def _on_request(self, event: dict[str, Any]) -> None:
        self._clock.note(event["timestamp"], event["wallTime"])
        request, kind, url = event["requestId"], event.get("type", ""), event["request"]["url"]
        if kind in _BY_SCRIPT:
            self._responses.ask(request, url)
        if kind in _BY_SCRIPT or kind == "EventSource":
            self._flows.ask(request, kind, url)

    def _on_response(self, event: dict[str, Any]) -> None:
        request, response = event["requestId"], event["response"]
        if response["status"] >= 400:
            self._fail(event, f"HTTP {response['status']} {response.get('statusText', '')}".rstrip())
            return
        if response["mimeType"] == EVENT_STREAM:
            self._responses.drop(request)
        self._flows.answer(request, response["mimeType"])

    def _on_event(self, event: dict[str, Any]) -> None:
        told = Event(event["eventName"], event["data"])
        self._flows.tell(event["requestId"], told, self._clock.unix_us(event["timestamp"]))

    def _on_data(self, event: dict[str, Any]) -> None:
        piece = base64.b64decode(event["data"]) if "data" in event else None
        self._flows.take(event["requestId"], piece, self._clock.unix_us(event["timestamp"]))

    def _on_finished(self, event: dict[str, Any]) -> None:
        self._responses.end(event["requestId"], self._clock.unix_us(event["timestamp"]))
        self._flows.end(event["requestId"], None, is_whole=True)

    def _on_failed(self, event: dict[str, Any]) -> None:
        if event.get("canceled"):
            self._responses.drop(event["requestId"])
            self._flows.end(event["requestId"], None)
        else:
            self._fail(event, f"it failed: {event.get('errorText', '')}"[:80])

    def _fail(self, event: dict[str, Any], why: str) -> None:
        self._responses.fail(event["requestId"], why)
        self._flows.end(event["requestId"], why)
