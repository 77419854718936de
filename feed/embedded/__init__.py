"""The embedded server: a Valkey or Redis process that belongs to this process and ends with it.

This package starts and ends processes; it does not read or write ticks. It imports only `tickql.feed.connection` and
`tickql.feed.errors`.
"""

__all__ = ["child_process", "configuration", "orphan_guard", "server"]
