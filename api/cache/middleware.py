"""Last prices over HTTP, from memory, on any ASGI server: the middleware that answers, or passes on and learns."""

import json
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tickql.api.cache.query_cache import CachedQuery, QueryCache, noted

PATH = "/graphql"


class QueryCacheMiddleware:
    """In front of the GraphQL endpoint at `PATH`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        first = await receive()
        if first.get("more_body"):
            await self._app(scope, _from(first, receive), send)
            return
        recipes: QueryCache = scope["state"]["recipes"]
        recipe = recipes.find(first.get("body", b""), scope["headers"], scope["state"]["follower"])
        if recipe is None:
            await self._learn(first, scope, receive, send)
            return
        headers = [*recipe.headers, (b"content-length", b"%d" % len(recipe.body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": recipe.body})

    async def _learn(self, first: Message, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered, and keep the recipe if there is one that gives the same answer."""
        recipe = CachedQuery()
        start: Message = {}
        body = b""

        async def listen(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            elif recipe.complete:
                body += message.get("body", b"")
            await send(message)

        noted.set(recipe)
        await self._app(scope, _from(first, receive), listen)
        if start.get("status") == 200 and recipe.complete and recipe.prepare(scope["state"]["follower"]):
            recipe.headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            if _same_shape(body, recipe.body):
                recipes: QueryCache = scope["state"]["recipes"]
                recipes.keep(first.get("body", b""), scope["headers"], recipe)


def _from(first: Message, receive: Receive) -> Receive:
    """`receive` with a message put back."""
    waiting = [first]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def _same_shape(answered: bytes, ours: bytes) -> bool:
    """Whether two answers have the same members: a tick may have come between the two."""

    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: shape(member) for name, member in value.items()}
        return [shape(value[0])] if isinstance(value, list) and value else type(value) if value is None else ()

    return bool(shape(json.loads(answered)) == shape(json.loads(ours)))
