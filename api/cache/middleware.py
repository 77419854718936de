"""ASGI middleware: serves cached queries; stores queries that may be cached.

On our own server, `tickql.api.transport.http_connection` answers cached queries before they get here. On any other ASGI
server the middleware does that, too.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tickql.api.cache.cached_query import CachedQuery, Headers, recorded_query
from tickql.api.cache.query_cache import QueryCache
from tickql.api.cache.request_rules import has_cacheable_request_line
from tickql.api.limits.values import LIMITS


class QueryCacheMiddleware:
    """Stands before the whole application. Passes on what it cannot answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http" or not has_cacheable_request_line(scope["method"].encode(), _target(scope)):
            await self._app(scope, receive, send)
            return
        first = await receive()
        # No client sends a query that is worth caching in more than one piece.
        if first.get("more_body"):
            await self._app(scope, _put_back(first, receive), send)
            return
        cache: QueryCache = scope["state"]["query_cache"]
        query = cache.find(scope["headers"], first.get("body", b""))
        if query is None:
            await self._execute(cache, first, scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": query.response_headers})
        await send({"type": "http.response.body", "body": query.body})

    async def _execute(self, cache: QueryCache, first: Message, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the application answer, and offer the query to the cache."""
        query = CachedQuery()
        start: Message = {}
        body = b""

        async def send_and_copy(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            elif query.complete and len(body) <= LIMITS.cached_answer_bytes:
                # Every other body, which may be a stream without end, is not copied.
                body += message.get("body", b"")
            await send(message)

        recorded_query.set(query)
        await self._app(scope, _put_back(first, receive), send_and_copy)
        # A query over server-sent events has an answer in another form.
        if start.get("status") == 200 and _is_json(start["headers"]):
            cache.store(scope["headers"], first.get("body", b""), query, start["headers"], body)


def _is_json(headers: Headers) -> bool:
    return any(name == b"content-type" and b"json" in value for name, value in headers)


def _target(scope: Scope) -> bytes:
    path: bytes = scope["path"].encode()
    query: bytes = scope["query_string"]
    return path + b"?" + query if query else path


def _put_back(first: Message, receive: Receive) -> Receive:
    """Return a `receive` that returns `first`, then all that follows."""
    pending = [first]

    async def receive_again() -> Message:
        return pending.pop() if pending else await receive()

    return receive_again
