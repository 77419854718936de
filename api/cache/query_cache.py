"""The cache of queries for last prices, by the bytes of their requests.

The first request with a certain body is executed by Strawberry. If it asks for nothing but last prices and symbols, its
compiled form is kept. Equal requests are then neither parsed nor validated nor executed, and while the ticks are the
same, the bytes of the response are, too.

Which symbols an answer may show depends on the client's token. The symbols and patterns that the token covers are part
of the key under which an answer is kept, and the token is looked at for each request: whoever may see other symbols, or
none any more, never finds the answer.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from tickql.api.access.authenticator import Authenticator
from tickql.api.access.credentials import token_of_headers
from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.cache.cached_query import CachedQuery, Headers
from tickql.api.cache.request_rules import cacheable_request
from tickql.api.errors import Unauthenticated
from tickql.api.limits.values import LIMITS, Limits
from tickql.api.traffic import traffic
from tickql.feed.follower import Follower

_MAX_QUERIES = 1024
"""Enough for some queries about each of some hundred symbols."""
_QUERY_BYTES = 4 * 1024
"""What a kept query takes besides its key and its answer."""
_PATTERN_BYTES = 96
"""About what one symbol or pattern of the rights takes."""

_Key = tuple[bytes | SymbolPatterns, ...]


class QueryCache:
    """The queries that were executed last and can be answered from memory. Belongs to one process.

    At most `_MAX_QUERIES`, and at most `cache_bytes` of keys and answers.
    """

    def __init__(self, follower: Follower, authenticator: Authenticator, limits: Limits = LIMITS) -> None:
        self.bytes = 0
        """About what all queries take."""
        self._follower = follower
        self._authenticator = authenticator
        self._limits = limits
        self._queries: OrderedDict[_Key, CachedQuery] = OrderedDict()

    def find(self, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> CachedQuery | None:
        """Return the query of a request, with its response up to date. `None`: the request must be executed."""
        request = cacheable_request(headers, body)
        rights = None if request is None else self._rights(request.authorization)
        if request is None or rights is None:
            return None
        query = self._queries.get((*request.key, rights))
        if query is None or not query.refresh(self._follower):
            return None
        traffic.cached_answers += 1
        return query

    def store(
        self,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
        query: CachedQuery,
        response_headers: Headers,
        response_body: bytes,
    ) -> None:
        """Keep the query of a request that was answered with status 200, if memory gives the same answer."""
        request = cacheable_request(headers, body)
        # The rights with which it was executed: those of the token may have changed meanwhile.
        rights = query.rights
        if request is None or rights is None or not query.complete or not query.refresh(self._follower):
            return
        # An answer that grows later, by new symbols, is the server's own and not a client's doing.
        if len(response_body) > self._limits.cached_answer_bytes or not query.has_shape_of(response_body):
            return
        query.headers = [(name, value) for name, value in response_headers if name != b"content-length"]
        key: _Key = (*request.key, rights)
        if key in self._queries:
            self._drop(key)
        self._queries[key] = query
        query.size = (
            _QUERY_BYTES + 2 * len(response_body) + sum(map(len, request.key)) + _PATTERN_BYTES * len(rights.patterns)
        )
        self.bytes += query.size
        # The oldest entry goes, used or not: keeping the order of use would cost each request more than it saves.
        while len(self._queries) > _MAX_QUERIES or self.bytes > self._limits.cache_bytes:
            self._drop(next(iter(self._queries)))

    def _rights(self, authorization: Sequence[str]) -> SymbolPatterns | None:
        """Return what the token of a request covers now. `None`: that is found out where the request is executed."""
        try:
            grant = self._authenticator.recognize(token_of_headers(authorization))
        except Unauthenticated:
            return None
        return None if grant is None else grant.symbols

    def _drop(self, key: _Key) -> None:
        self.bytes -= self._queries.pop(key).size
