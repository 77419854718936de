"""How to answer a question about last prices again: worked out once, kept under the question's bytes.

The first request with a body goes the whole way through Strawberry. If it asks for nothing but last prices and symbols,
what it takes to answer it is kept under its bytes, compiled. From then on such a request is neither parsed nor
validated nor executed; and while the ticks are the same, so are the bytes of the answer.
"""

from collections import OrderedDict
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLResolveInfo

from tickql.api.fanout.compiled_selection import CompiledSelection, Uncompilable, compile_selection, root_keys
from tickql.api.fanout.event_json import EventJson
from tickql.feed.follower import Follower
from tickql.feed.tick import Event, Tick

_KEPT = 1024
_LARGEST_BODY = 8192
_TOLD = (b"origin", b"authorization", b"last-event-id", b"content-encoding")
"""A request with one of these headers goes the whole way: its answer may depend on them."""


@dataclass(slots=True)
class _Field:
    """A root field: `lastPrice`, `lastPrices`, or `symbols` (no `look`). `symbols`: `None` for all."""

    key: bytes
    symbols: Sequence[str] | None
    look: CompiledSelection | None

    def sources(self, follower: Follower) -> Sequence[Tick | str] | None:
        """What it is answered from, as of now; `None`: not from memory alone."""
        symbols = follower.cached_symbols if self.symbols is None else self.symbols
        if symbols is None or self.look is None:
            return symbols
        ticks = [follower.newest_in_memory(symbol) for symbol in symbols]
        return None if None in ticks else ticks  # type: ignore[return-value]

    def value(self, sources: Sequence[Any]) -> bytes:
        """The JSON of the answer."""
        if self.look is None:
            return orjson.dumps(sources)
        return self.look.values(EventJson(Event(tick)) for tick in sources)


@dataclass(slots=True)
class CachedQuery:
    """How to answer a request again. The resolvers write it while the request is answered for the first time."""

    fields: dict[bytes, _Field] = field(default_factory=dict)
    keys: list[bytes] = field(default_factory=list)
    """The response keys of all root fields, in order."""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    _sources: list[Sequence[Tick | str]] = field(default_factory=list)
    _response: bytes = b""
    _server_headers: list[tuple[bytes, bytes]] | None = None

    def add(self, info: GraphQLResolveInfo[Any], symbols: Sequence[str] | None) -> None:
        """Note a root field that can be answered from memory."""
        self.keys = self.keys or root_keys(info)
        key = str(info.path.key).encode()
        try:
            look = None if info.field_name == "symbols" else compile_selection(info)
        except Uncompilable:
            return
        self.fields[key] = _Field(key, symbols, look)

    @property
    def complete(self) -> bool:
        """Whether every root field was noted."""
        return bool(self.keys) and set(self.keys) == set(self.fields)

    def prepare(self, follower: Follower) -> bool:
        """Bring `body` up to date. False: that takes more than memory."""
        sources = []
        for key in self.keys:
            known = self.fields[key].sources(follower)
            if known is None:
                return False
            sources.append(known)
        if sources != self._sources:
            self._sources = sources
            self._response = b""
            members = (
                b'"%b":%b' % (key, self.fields[key].value(known)) for key, known in zip(self.keys, sources, strict=True)
            )
            self.body = b'{"data":{%b}}' % b",".join(members)
        return True

    def response(self, server_headers: list[tuple[bytes, bytes]]) -> bytes:
        """The whole HTTP/1.1 response, for a server that adds these headers. It makes a new list when they change."""
        if not self._response or server_headers is not self._server_headers:
            self._server_headers = server_headers
            headers = [*server_headers, *self.headers, (b"content-length", b"%d" % len(self.body))]
            lines = b"".join(b"%b: %b\r\n" % header for header in headers)
            self._response = b"HTTP/1.1 200 OK\r\n%b\r\n%b" % (lines, self.body)
        return self._response


noted: ContextVar[CachedQuery | None] = ContextVar("noted", default=None)
"""The recipe of the request that is being answered, where one is wanted."""


class QueryCache:
    """How to answer the requests that came before: the last thousand that can be answered from memory."""

    def __init__(self) -> None:
        self._recipes: OrderedDict[tuple[bytes, bytes], CachedQuery] = OrderedDict()

    def find(self, body: bytes, headers: Sequence[tuple[bytes, bytes]], follower: Follower) -> CachedQuery | None:
        """The recipe with its `body` up to date; `None` for a request that has to go the whole way."""
        question = _question(body, headers)
        recipe = None if question is None else self._recipes.get(question)
        return recipe if recipe is not None and recipe.prepare(follower) else None

    def keep(self, body: bytes, headers: Sequence[tuple[bytes, bytes]], recipe: CachedQuery) -> None:
        """Keep the recipe of a request."""
        question = _question(body, headers)
        if question is None:
            return
        self._recipes[question] = recipe
        if len(self._recipes) > _KEPT:
            self._recipes.popitem(last=False)


def _question(body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> tuple[bytes, bytes] | None:
    """What an answer depends on: the body, and what the client takes; `None`: no request of the plain kind."""
    if len(body) > _LARGEST_BODY:
        return None
    accept, json_body = b"", False
    for name, value in headers:
        if name == b"accept":
            accept = value
        elif name == b"content-type":
            json_body = value.startswith(b"application/json")
        elif name in _TOLD:
            return None
    return (body, accept) if json_body else None
