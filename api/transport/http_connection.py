"""uvicorn's HTTP connection with three differences.

* A cached query is answered while its request is parsed: no task, no ASGI messages, one write.
* A client that sends requests without reading the answers is disconnected; uvicorn would keep all of them in memory.
* A streaming response ends when the server stops; uvicorn would wait for the end of the stream, which has none.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tickql.api.cache.query_cache import QueryCache
from tickql.api.cache.request_rules import has_cacheable_request_line

_MAX_PIPELINED_REQUESTS = 100
"""How many requests of a connection may wait for the answer to the one before them. Browsers do not pipeline."""


class HttpConnection(HttpToolsProtocol):
    """Answers cached queries; leaves every other request to uvicorn."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._body: bytes | None = None
        """The body received so far of a request that may be answered from the cache, which uvicorn does not know yet.
        `None`: there is no such request."""

    def data_received(self, data: bytes) -> None:
        """Parse what was received."""
        super().data_received(data)
        # The rest of this request may never arrive: uvicorn keeps track of unfinished requests.
        if self._body is not None and not self.transport.is_closing():
            self._pass_to_uvicorn()

    def on_headers_complete(self) -> None:
        """Wait for the body if the request may be answered from the cache."""
        if has_cacheable_request_line(self.parser.get_method(), self.url) and self._can_answer():
            self._body = b""
        else:
            super().on_headers_complete()
            if len(self.pipeline) > _MAX_PIPELINED_REQUESTS:
                self.transport.abort()

    def on_body(self, body: bytes) -> None:
        """Add a piece of the body."""
        if self._body is None:
            super().on_body(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        """Answer from the cache, or pass the request to uvicorn."""
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
        # A request for which uvicorn would do more than write the response: an old or closing connection, an upgrade,
        # `Expect: 100-continue`, an answer that is still being sent, a client that reads too slowly.
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

    def shutdown(self) -> None:
        """Stop serving this connection. An answer that has begun and is not a stream is still sent."""
        super().shutdown()
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.transport.close()
