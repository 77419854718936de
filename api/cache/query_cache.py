"""The cache of queries for last prices, by the bytes of their requests.

The first request with a certain body is executed by Strawberry. If it asks for nothing but last prices and symbols, its
compiled form is kept. Equal requests are then neither parsed nor validated nor executed, and while the ticks are the
same, the bytes of the response are, too.
"""

from collections import OrderedDict
from collections.abc import Iterable

from tickql.api.cache.cached_query import CachedQuery, Headers
from tickql.api.cache.request_rules import cache_key
from tickql.api.limits.values import LIMITS, Limits
from tickql.api.traffic import traffic
from tickql.feed.follower import Follower

_MAX_QUERIES = 1024
"""Enough for some queries about each of some hundred symbols."""
_QUERY_BYTES = 4 * 1024
"""What a kept query takes besides its key and its answer."""


class QueryCache:
    """The queries that were executed last and can be answered from memory. Belongs to one process.

    At most `_MAX_QUERIES`, and at most `cache_bytes` of keys and answers.
    """

    def __init__(self, follower: Follower, limits: Limits = LIMITS) -> None:
        self.bytes = 0
        """About what all queries take."""
        self._follower = follower
        self._limits = limits
        self._queries: OrderedDict[tuple[bytes, ...], CachedQuery] = OrderedDict()

    def find(self, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> CachedQuery | None:
        """Return the query of a request, with its response up to date. `None`: the request must be executed."""
        key = cache_key(headers, body)
        query = None if key is None else self._queries.get(key)
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
        key = cache_key(headers, body)
        if key is None or not query.complete or not query.refresh(self._follower):
            return
        # An answer that grows later, by new symbols, is the server's own and not a client's doing.
        if len(response_body) > self._limits.cached_answer_bytes or not query.has_shape_of(response_body):
            return
        query.headers = [(name, value) for name, value in response_headers if name != b"content-length"]
        if key in self._queries:
            self._drop(key)
        self._queries[key] = query
        query.size = _QUERY_BYTES + 2 * len(response_body) + sum(map(len, key))
        self.bytes += query.size
        # The oldest entry goes, used or not: keeping the order of use would cost each request more than it saves.
        while len(self._queries) > _MAX_QUERIES or self.bytes > self._limits.cache_bytes:
            self._drop(next(iter(self._queries)))

    def _drop(self, key: tuple[bytes, ...]) -> None:
        self.bytes -= self._queries.pop(key).size
