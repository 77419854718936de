"""The `Network` events of one session: requests of a page with its frames of the same site, or of a child target.

Chromium reports every request of a session once `Network` is enabled; so it is enabled only where a rule needs it.
Frames of WebSockets come by another way, see `websockets`. `Network` only remembers the addresses of open sockets, to
mark them as closed when the session ends.
"""

import base64
from collections.abc import Hashable, Sequence
from typing import Any

from tickql.producer.browser.event_handler import EventHandler
from tickql.producer.errors import excerpt
from tickql.producer.feedfile.stream_rules import StreamKind
from tickql.producer.streams.browser_clock import BrowserClock
from tickql.producer.streams.cdp_session import CALL_MS, CdpSession
from tickql.producer.streams.event_queue import EventQueue
from tickql.producer.streams.line_parsers import ServerSentEvent
from tickql.producer.streams.reader import StreamReader
from tickql.producer.streams.responses import Responses
from tickql.producer.streams.streaming_response import EVENT_SOURCE, EVENT_STREAM, wrong_type_reason
from tickql.producer.streams.streaming_responses import StreamingResponses
from tickql.producer.streams.websockets import WebSockets

# How many bytes of response bodies Chromium keeps for `Network.getResponseBody`, in all and of one response.
_BODY_BUFFERS = {"maxTotalBufferSize": 40_000_000, "maxResourceBufferSize": 10_000_000}
_SCRIPT_REQUESTS = ("Fetch", "XHR")


class Network:
    """Handles the network events of one session, from `open` to `close`."""

    def __init__(
        self,
        session: CdpSession,
        readers: Sequence[StreamReader],
        queue: EventQueue,
        clock: BrowserClock,
        websockets: WebSockets,
    ) -> None:
        self.readers = readers
        self._session = session
        self._queue = queue
        self._clock = clock
        self._websockets = websockets
        self._socket_urls: dict[str, str] = {}
        whole = [reader for reader in readers if reader.rule.kind is StreamKind.JSON]
        self._responses = Responses(session, whole, queue)
        self._streaming = StreamingResponses(session, [reader for reader in readers if reader not in whole], queue)
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

    def for_session(self, session: CdpSession) -> "Network":
        """Return a `Network` for another session with the same rules, queue and clock."""
        return Network(session, self.readers, self._queue, self._clock, self._websockets)

    async def open(self) -> None:
        """Start to handle events.

        Raises:
            playwright.async_api.Error: the page does not answer.
        """
        for event, handler in self._handlers.items():
            self._session.on(event, handler)
        await self._session.send("Network.enable", dict(_BODY_BUFFERS), timeout=CALL_MS)

    def close(self) -> None:
        """Stop handling events."""
        self._responses.close()
        self._streaming.close()
        for event, handler in self._handlers.items():
            self._session.remove_listener(event, handler)

    def handle_detach(self) -> None:
        """Report all connections of the session as closed: the session has ended."""
        self._responses.handle_detach()
        self._streaming.handle_detach()
        for url in set(self._socket_urls.values()):
            self._websockets.mark_closed(url)

    def reset(self) -> None:
        """Forget all requests: the session's target has loaded another document."""
        self._responses.reset()
        self._streaming.reset()
        self._socket_urls.clear()

    def _on_request(self, event: dict[str, Any]) -> None:
        self._clock.synchronize(event["timestamp"], event["wallTime"])
        # After a redirect Chromium reuses the request id for the request to the new address.
        if "redirectResponse" in event:
            self._responses.forget(event["requestId"])
            self._streaming.forget(event["requestId"])
        request = event["request"]
        self._register(event, request["url"], (request["method"], request.get("postData")))

    def _register(self, event: dict[str, Any], url: str, content: Hashable = None) -> None:
        kind = event.get("type", "")
        if kind in _SCRIPT_REQUESTS:
            self._responses.request_sent(event["requestId"], url, content)
        if kind in _SCRIPT_REQUESTS or kind == EVENT_SOURCE:
            self._streaming.request_sent(event["requestId"], kind, url)

    def _on_response(self, event: dict[str, Any]) -> None:
        request, response = event["requestId"], event["response"]
        # A worker may send a request before its session is observed: then the response is the first event of it.
        self._register(event, response["url"])
        if response["status"] >= 400:
            self._fail(event, f"HTTP {response['status']} {response.get('statusText', '')}".rstrip())
            return
        if response["mimeType"] == EVENT_STREAM:
            # An event stream has no end, so its whole body would never come.
            self._responses.request_failed(request, wrong_type_reason(EVENT_STREAM))
        self._streaming.head_received(request, response["mimeType"])

    def _on_event(self, event: dict[str, Any]) -> None:
        message = ServerSentEvent(event["eventName"], event["data"])
        self._streaming.event_received(event["requestId"], message, self._clock.unix_us(event["timestamp"]))

    def _on_data(self, event: dict[str, Any]) -> None:
        # The event holds data only after `Network.streamResourceContent`; before that, it holds a length only.
        chunk = base64.b64decode(event["data"]) if "data" in event else None
        self._streaming.data_received(event["requestId"], chunk, self._clock.unix_us(event["timestamp"]))

    def _on_finished(self, event: dict[str, Any]) -> None:
        self._responses.request_finished(event["requestId"], self._clock.unix_us(event["timestamp"]))
        self._streaming.request_ended(event["requestId"], None, is_complete=True)

    def _on_failed(self, event: dict[str, Any]) -> None:
        # A request that the page itself cancels is no failure.
        if event.get("canceled"):
            self._responses.forget(event["requestId"])
            self._streaming.request_ended(event["requestId"], None)
        else:
            self._fail(event, excerpt(f"request failed: {event.get('errorText', '')}", 80))

    def _on_socket(self, event: dict[str, Any]) -> None:
        self._socket_urls[event["requestId"]] = event["url"]

    def _on_socket_end(self, event: dict[str, Any]) -> None:
        self._socket_urls.pop(event["requestId"], None)

    def _fail(self, event: dict[str, Any], reason: str) -> None:
        self._responses.request_failed(event["requestId"], reason)
        self._streaming.request_ended(event["requestId"], reason)
