"""The query cache: repeated queries for last prices, answered from memory without parsing or executing them.

All rules are here: which requests may be answered from the cache, how an answer is found and kept up to date, and the
bytes of the response. The transports (a uvicorn connection, an ASGI middleware) only ask and write. This package may
import `tickql.api.access`, `tickql.api.fanout` and `tickql.feed`.
"""

__all__ = ["cached_query", "middleware", "query_cache", "request_rules"]
