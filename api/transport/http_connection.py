"""uvicorn's HTTP connection with limits, and with four more differences.

* A cached query is answered while its request is parsed: no task, no ASGI messages, one write.
* A client that sends requests without reading the answers is disconnected; uvicorn would keep all of them in memory.
* A stream is written like the messages of a WebSocket, and ends when the server stops (`streaming_connection`).
* A client that does not read its answer is disconnected.
"""

from asyncio import Transport
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

import httptools

from tickql.api.cache.query_cache import QueryCache
from tickql.api.cache.request_rules import has_cacheable_request_line
from tickql.api.limits.connections import Admission, ConnectionLimiter
from tickql.api.limits.refusals import refusals
from tickql.api.limits.request_body import RequestBody
from tickql.api.limits.request_head import RequestHead
from tickql.api.limits.values import Limits
from tickql.api.transport.error_response import cors_headers, error_response, may_write_error
from tickql.api.transport.request_deadline import Phase, RequestDeadline
from tickql.api.transport.streaming_connection import StreamingConnection

_MAX_PIPELINED_REQUESTS = 100
"""Requests of a connection that may wait for the answer to the one before them. Browsers do not pipeline."""


class HttpConnection(StreamingConnection):
    """Answers cached queries, refuses what goes beyond a limit, and leaves every other request to uvicorn."""

    # As in `WebSocketConnection`.
    __slots__ = ("_deadline", "_head", "_limiter", "_limits", "_origins", "_progress")

    _admission: Admission | None = None
    """The connection's place; `None`: there was none, or a WebSocket has taken it over."""
    _phase = Phase.NOTHING
    _refused = False
    """Whether this connection was refused: nothing more is read from it."""
    _body: bytes | None = None
    """The body so far of a request that may be answered from the cache; uvicorn does not know it yet. `None`: none."""

    def __init__(
        self, *arguments: Any, limits: Limits, limiter: ConnectionLimiter, origins: Sequence[str] = (), **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self._origins = origins  # whose pages may read refusals
        self._limits = limits
        self._limiter = limiter
        self._head = RequestHead(limits)
        self._progress = RequestBody(limits)
        self._deadline = RequestDeadline(limits, self._deadline_passed)

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Count the connection, or refuse it. Its first request must come before a deadline."""
        super().connection_made(transport)
        self._admission = self._limiter.admit(self.client[0] if self.client else None)
        if self._admission is None:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._deadline.watch(Phase.HEAD)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the connection's place back."""
        self._deadline.stop()
        if self._admission is not None:
            self._admission.release()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what was received, in parts, so that a request that is too large is refused early."""
        size = self._limits.parsed_bytes
        for start in range(0, len(data), size):
            # Without its place the connection is refused, or a WebSocket has taken it over.
            if self._refused or self._admission is None or self.transport.is_closing():
                return
            self._parse(data if len(data) <= size else data[start : start + size])
        # The rest of this request may never arrive: uvicorn keeps track of unfinished requests.
        if self._body is not None and not self.transport.is_closing():
            self._pass_to_uvicorn()
        self._update_deadline()

    def _parse(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade() and not self._refused:
                self.handle_websocket_upgrade()
        except httptools.HttpParserError:
            self._check_head()
            self._refuse_malformed()
        else:
            if self._phase is Phase.HEAD:
                self._head.unfinished(len(data))
                self._check_head()
            elif self._phase is Phase.BODY:
                self._progress.unfinished(len(data))
                self._check_progress()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection and its place over to a WebSocket connection."""
        is_busy = self.cycle is not None and not self.cycle.response_complete
        if self.parser.get_http_version() != "1.1" or is_busy:
            self._refuse_malformed()
            return
        self._deadline.stop()
        admission, self._admission = self._admission, None
        connection: Any = self.config.ws_protocol_class
        self.ws_protocol_class = partial(connection, admission=admission)  # type: ignore[assignment]
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        """Start counting a request."""
        self._phase = Phase.HEAD
        self._head.begin()
        self._progress.begin()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Add a piece of the URL."""
        self._head.url(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header. One behind the body is counted and dropped: uvicorn would keep it (RFC 9110, 6.5)."""
        self._head.header(len(name) + len(value))
        if self._head.has_too_many_headers:
            raise ValueError("the parser stops here")
        if self._phase is Phase.BODY:
            self._progress.trailer()
            self._check_head()
        else:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Wait for the body if the request may be answered from the cache."""
        self._phase = Phase.BODY
        self._head.complete(self.parser.get_http_version(), self.headers if self.expect_100_continue else ())
        self._check_head()
        self._check_client()
        if self._refused:
            return
        if has_cacheable_request_line(self.parser.get_method(), self.url) and self._can_answer():
            self._body = b""
        else:
            super().on_headers_complete()
            if len(self.pipeline) > _MAX_PIPELINED_REQUESTS:
                self.transport.abort()

    def on_body(self, body: bytes) -> None:
        """Add a piece of the body."""
        self._progress.piece()
        self._check_progress()
        if self._refused:
            return
        if self._body is None:
            super().on_body(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        """Answer from the cache, or pass the request to uvicorn."""
        self._phase = Phase.NOTHING
        # The deadline was for this request: one that follows in the same data gets its own.
        self._deadline.next_request()
        if self._refused:
            return
        assert self._admission is not None
        if not self.parser.should_upgrade():
            self._admission.established()
        if self._body is not None:
            cache: QueryCache = self.app_state["query_cache"]
            query = cache.find(self.headers, self._body)
            if query is not None:
                self._body = None
                self.transport.write(query.http_response(self.server_state.default_headers))
                self.on_response_complete()
                return
            self._pass_to_uvicorn()
        super().on_message_complete()

    def _can_answer(self) -> bool:
        # In every other case uvicorn would do more than write the response.
        return (
            self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
            and not self.expect_100_continue
            and (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    def _pass_to_uvicorn(self) -> None:
        body, self._body = self._body, None
        super().on_headers_complete()
        if body:
            super().on_body(body)

    def _check_head(self) -> None:
        if not self._refused and (status := self._head.excess) is not None:
            refusals.refused(f"a request, because of its head ({status.phrase})")
            self._refuse(status)

    def _check_progress(self) -> None:
        if status := self._progress.excess:
            self._refuse(status)

    def _check_client(self) -> None:
        place = self._admission
        if place is not None and place.is_proxied and not place.attribute(self._limiter.client_address(self.headers)):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)

    def _refuse_malformed(self) -> None:
        if not self._refused:
            refusals.refused("a request, because it is not HTTP/1.1")
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer with an error, unless another answer is being made, and close the connection."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self._body = None
        self._deadline.stop()
        if may_write_error(self.cycle, bool(self.pipeline)):
            self.transport.write(error_response(status, cors_headers(self._origins, self.headers or ())))
        elif not self.cycle.more_body:
            # The request before is complete: its answer, which is being made, is the last one. A stream is cut off.
            self.cycle.keep_alive = False
            self.loop.call_later(self._limits.body_s, self.transport.close)
            return
        self.transport.close()

    def _update_deadline(self) -> None:
        phase = self._phase
        if self._admission is None or self._refused or self.transport.is_closing():
            return
        if phase is Phase.NOTHING:
            is_served = self.cycle is not None and not self.cycle.response_complete
            if is_served or self.timeout_keep_alive_task is not None:
                self._deadline.stop()
                return
            # Line ends between two requests are no request: they do not keep the connection open.
            phase = Phase.HEAD
        self._deadline.watch(phase)

    def _deadline_passed(self) -> None:
        refusals.refused("a connection, because its request did not arrive in time")
        self._refuse(HTTPStatus.REQUEST_TIMEOUT)
