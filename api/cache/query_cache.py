"""The cache of queries for last prices, by the bytes of their requests.

The first request with a certain body is executed by Strawberry. If it asks for nothing but last prices and symbols, its
compiled form is kept. Equal requests are then neither parsed nor validated nor executed, and while the ticks are the
same, the bytes of the response are, too.
"""

from collections import OrderedDict
from collections.abc import Iterable

from tickql.api.cache.cached_query import CachedQuery, Headers
from tickql.api.cache.request_rules import cache_key
from tickql.feed.follower import Follower

_MAX_QUERIES = 1024
"""Enough for some queries about each of some hundred symbols. Bodies of the largest size take 8 MB."""


class QueryCache:
    """The last `_MAX_QUERIES` queries that were executed and can be answered from memory. Belongs to one process."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._queries: OrderedDict[tuple[bytes, ...], CachedQuery] = OrderedDict()

    def find(self, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> CachedQuery | None:
        """Return the query of a request, with its response up to date. `None`: the request must be executed."""
        key = cache_key(headers, body)
        query = None if key is None else self._queries.get(key)
        return query if query is not None and query.refresh(self._follower) else None

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
        if query.has_shape_of(response_body):
            query.headers = [(name, value) for name, value in response_headers if name != b"content-length"]
            self._queries[key] = query
            # The oldest entry goes, used or not: keeping the order of use would cost each request more than it saves.
            if len(self._queries) > _MAX_QUERIES:
                self._queries.popitem(last=False)
