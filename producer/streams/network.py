"""The event streams and responses of one session: of a page with its frames on the same site, or of a target in it.

The protocol tells of every request, so it is switched on only where a rule asks for it. WebSockets are heard another
way; that those of a target are gone with it is told from here.
"""

import base64
from collections.abc import Hashable, Sequence
from typing import Any

from tickql.producer.browser.event_handler import EventHandler
from tickql.producer.feedfile.stream_rules import StreamKind
from tickql.producer.streams.browser_clock import BrowserClock
from tickql.producer.streams.cdp_session import CALL_MS, CdpSession
from tickql.producer.streams.event_queue import EventQueue
from tickql.producer.streams.line_parsers import ServerSentEvent
from tickql.producer.streams.reader import StreamReader
from tickql.producer.streams.responses import Responses
from tickql.producer.streams.streaming_responses import EVENT_SOURCE, EVENT_STREAM, StreamingResponses, what_else
from tickql.producer.streams.websockets import WebSockets

_BUFFERS = {"maxTotalBufferSize": 40_000_000, "maxResourceBufferSize": 10_000_000}
_BY_SCRIPT = ("Fetch", "XHR")


class Network:
    """Hears the requests of one session. `close` ends that."""

    def __init__(
        self,
        session: CdpSession,
        readers: Sequence[StreamReader],
        inbox: EventQueue,
        clock: BrowserClock,
        websockets: WebSockets,
    ) -> None:
        self.readers = readers
        self._session = session
        self._inbox = inbox
        self._clock = clock
        self._websockets = websockets
        self._socket_urls: dict[str, str] = {}
        whole = [reader for reader in readers if reader.rule.kind is StreamKind.JSON]
        self._responses = Responses(session, whole, inbox)
        self._flows = StreamingResponses(session, [reader for reader in readers if reader not in whole], inbox)
        self._handlers = {
            "Network.requestWillBeSent": EventHandler(self._on_request),
            "Network.responseReceived": EventHandler(self._on_response),
            "Network.eventSourceMessageReceived": EventHandler(self._on_event),
            "Network.dataReceived": EventHandler(self._on_data),
            "Network.loadingFinished": EventHandler(self._on_finished),
            "Network.loadingFailed": EventHandler(self._on_failed),
            "Network.webSocketCreated": EventHandler(self._on_socket),
            "Network.webSocketClosed": EventHandler(self._on_socket_end),
        }

    def of(self, session: CdpSession) -> "Network":
        """The same for another session."""
        return Network(session, self.readers, self._inbox, self._clock, self._websockets)

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

    def leave(self) -> None:
        """The session is gone, with all that it had."""
        self._responses.leave()
        self._flows.leave()
        for url in set(self._socket_urls.values()):
            self._websockets.doubt(url)

    def restart(self) -> None:
        """The page is another document now."""
        self._responses.restart()
        self._flows.restart()
        self._socket_urls.clear()

    def _on_request(self, event: dict[str, Any]) -> None:
        self._clock.note(event["timestamp"], event["wallTime"])
        if "redirectResponse" in event:
            self._responses.drop(event["requestId"])
            self._flows.drop(event["requestId"])
        request = event["request"]
        self._ask(event, request["url"], (request["method"], request.get("postData")))

    def _ask(self, event: dict[str, Any], url: str, sent: Hashable = None) -> None:
        kind = event.get("type", "")
        if kind in _BY_SCRIPT:
            self._responses.ask(event["requestId"], url, sent)
        if kind in _BY_SCRIPT or kind == EVENT_SOURCE:
            self._flows.ask(event["requestId"], kind, url)

    def _on_response(self, event: dict[str, Any]) -> None:
        request, response = event["requestId"], event["response"]
        # Of a target that was not listened to from its beginning this may be the first word.
        self._ask(event, response["url"])
        if response["status"] >= 400:
            self._fail(event, f"HTTP {response['status']} {response.get('statusText', '')}".rstrip())
            return
        if response["mimeType"] == EVENT_STREAM:
            self._responses.fail(request, what_else(EVENT_STREAM))
        self._flows.answer(request, response["mimeType"])

    def _on_event(self, event: dict[str, Any]) -> None:
        told = ServerSentEvent(event["eventName"], event["data"])
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

    def _on_socket(self, event: dict[str, Any]) -> None:
        self._socket_urls[event["requestId"]] = event["url"]

    def _on_socket_end(self, event: dict[str, Any]) -> None:
        self._socket_urls.pop(event["requestId"], None)

    def _fail(self, event: dict[str, Any], why: str) -> None:
        self._responses.fail(event["requestId"], why)
        self._flows.end(event["requestId"], why)
