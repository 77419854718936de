"""A query that can be answered from memory: its compiled root fields and its response.

While the query is executed for the first time, its resolvers record here what they were asked for (`recorded_query`).
"""

import json
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLResolveInfo

from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.fanout.compiled_selection import CompiledSelection, Uncompilable, compile_selection, root_keys
from tickql.api.fanout.event_json import EventJson
from tickql.feed.follower import Follower
from tickql.feed.tick import Event, Tick

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class _RootField:
    """A root field: `lastPrice`, `lastPrices`, or `symbols`.

    `symbols`: the symbols asked for, `None` for all that `rights` cover. `selection`: `None` for the field `symbols`,
    which has none.
    """

    symbols: Sequence[str] | None
    selection: CompiledSelection | None
    rights: SymbolPatterns
    _listed: Sequence[str] | None = None
    """All symbols, as they were when `_covered` was made of them."""
    _covered: Sequence[str] | None = None

    def inputs(self, follower: Follower) -> Sequence[Tick | str] | None:
        """Return the ticks or symbols that the answer consists of now. `None`: they are not all in memory."""
        symbols = self._all(follower.cached_symbols) if self.symbols is None else self.symbols
        if symbols is None or self.selection is None:
            return symbols
        # A symbol that has no tick is looked up in Redis each time, so that its first tick is found.
        ticks = [follower.newest_in_memory(symbol) for symbol in symbols]
        return None if None in ticks else ticks  # type: ignore[return-value]

    def _all(self, listed: Sequence[str] | None) -> Sequence[str] | None:
        if listed is None or self.rights.covers_all:
            return listed
        if listed is not self._listed:
            self._listed, self._covered = listed, tuple(filter(self.rights.covers, listed))
        return self._covered

    def value(self, inputs: Sequence[Any]) -> bytes:
        """Return the JSON of the field."""
        if self.selection is None:
            return orjson.dumps(inputs)
        return self.selection.root_value(EventJson(Event(tick)) for tick in inputs)


@dataclass(slots=True)
class CachedQuery:
    """The compiled form of one query, as clients with certain rights may ask it.

    The response is built again only when one of its ticks has changed.
    """

    headers: Headers = field(default_factory=list)
    """Headers of the first response, without its `content-length`."""
    body: bytes = b""
    """Body of the response, as of the last `refresh`."""
    size: int = 0
    """About how many bytes it takes, as counted when it was kept."""
    rights: SymbolPatterns | None = None
    """Which symbols the client may see for whom it was executed. `None`: nothing was recorded yet."""
    _fields: dict[bytes, _RootField] = field(default_factory=dict)
    """The recorded root fields, by response key."""
    _keys: list[bytes] = field(default_factory=list)
    """The response keys of all root fields, in order."""
    _inputs: list[Sequence[Tick | str]] = field(default_factory=list)
    _http_response: bytes = b""
    """The whole response as last written; empty: the body has changed since."""
    _server_headers: Headers | None = None
    """The headers of the server in `_http_response`."""

    def record(self, info: GraphQLResolveInfo[Any], rights: SymbolPatterns, symbols: Sequence[str] | None) -> None:
        """Record a root field that can be answered from memory. Its resolver calls this.

        `rights`: what the client may see. `symbols`: `None` for all of that.
        """
        # All root fields, also those that no resolver records: with one of them the query is never complete.
        self._keys = self._keys or root_keys(info)
        self.rights = self.rights or rights
        if rights != self.rights or not all(map(rights.covers, symbols or ())):
            return
        try:
            selection = None if info.field_name == "symbols" else compile_selection(info)
        except Uncompilable:
            return
        self._fields[str(info.path.key).encode()] = _RootField(symbols, selection, rights)

    @property
    def complete(self) -> bool:
        """Whether every root field of the query was recorded."""
        return bool(self._keys) and set(self._keys) == set(self._fields)

    def refresh(self, follower: Follower) -> bool:
        """Bring `body` up to date. Return false if the answer is not in memory."""
        inputs = []
        for key in self._keys:
            known = self._fields[key].inputs(follower)
            if known is None:
                return False
            inputs.append(known)
        # Ticks do not change, so equal ones are mostly the same object and this comparison is cheap.
        if inputs != self._inputs:
            self._inputs = inputs
            self._http_response = b""
            members = (
                b'"%b":%b' % (key, self._fields[key].value(known))
                for key, known in zip(self._keys, inputs, strict=True)
            )
            self.body = b'{"data":{%b}}' % b",".join(members)
        return True

    def has_shape_of(self, body: bytes) -> bool:
        """Whether `body`, an answer of Strawberry, has the same members as ours.

        The values may differ: a tick may have arrived between the two.
        """
        return bool(_shape(json.loads(body)) == _shape(json.loads(self.body)))

    @property
    def response_headers(self) -> Headers:
        """The headers of the response, without those that the server adds to every response."""
        return [*self.headers, (b"content-length", b"%d" % len(self.body))]

    def http_response(self, server_headers: Headers) -> bytes:
        """Return the whole HTTP/1.1 response, with the headers that the server adds to every response.

        uvicorn makes a new list when its headers change (`Date`, once a second), so identity tells whether they did.
        """
        if not self._http_response or server_headers is not self._server_headers:
            self._server_headers = server_headers
            lines = b"".join(b"%b: %b\r\n" % header for header in (*server_headers, *self.response_headers))
            self._http_response = b"HTTP/1.1 200 OK\r\n%b\r\n%b" % (lines, self.body)
        return self._http_response


def _shape(value: Any) -> Any:
    # A list may have grown by a symbol: its first element stands for all.
    if isinstance(value, dict):
        return {name: _shape(member) for name, member in value.items()}
    return [_shape(value[0])] if isinstance(value, list) and value else type(value) if value is None else ()


recorded_query: ContextVar[CachedQuery | None] = ContextVar("recorded_query", default=None)
"""The query that is being executed for the first time. `None`: nothing is to be recorded."""
