"""One HTTP connection of uvicorn's, with three differences.

A question whose answer is in memory is answered while its bytes are parsed: no task, no ASGI messages, one write. A
client that sends request upon request without reading answers is cut off: uvicorn would keep them all. And a streaming
response ends when the server stops: uvicorn would wait for the stream, which has no end.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tickql.api.cache.middleware import PATH
from tickql.api.cache.query_cache import QueryCache
from tickql.feed.follower import Follower

_PATH = PATH.encode()
_MOST_WAITING = 100
"""How many requests of a connection may wait for the one before them. No browser sends even a second one."""


class HttpConnection(HttpToolsProtocol):
    """Answers what it can at once, and has uvicorn do the rest."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._body: bytes | None = None
        """What has come of the body of a request that uvicorn was not told of yet; `None`: there is none."""

    def data_received(self, data: bytes) -> None:
        """Take what has come. A request that has not come as a whole is uvicorn's."""
        super().data_received(data)
        if self._body is not None and not self.transport.is_closing():
            self._pass_on()

    def on_headers_complete(self) -> None:
        """Keep a question to ourselves until its body is here."""
        if self.url == _PATH and self._may_answer():
            self._body = b""
        else:
            super().on_headers_complete()
            if len(self.pipeline) > _MOST_WAITING:
                self.transport.abort()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        if self._body is None:
            super().on_body(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        """Answer, or have uvicorn do so."""
        if self._body is not None:
            recipes: QueryCache = self.app_state["recipes"]
            follower: Follower = self.app_state["follower"]
            recipe = recipes.find(self._body, self.headers, follower)
            if recipe is not None:
                self._body = None
                self.transport.write(recipe.response(self.server_state.default_headers))
                self.on_response_complete()
                return
            self._pass_on()
        super().on_message_complete()

    def _may_answer(self) -> bool:
        """Whether this is a plain request, with no other being answered and a client that reads its answers."""
        return (
            self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
            and not self.expect_100_continue
            and (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    def _pass_on(self) -> None:
        body, self._body = self._body, None
        super().on_headers_complete()
        if body:
            super().on_body(body)

    def shutdown(self) -> None:
        """Begin to stop."""
        super().shutdown()
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.transport.close()
