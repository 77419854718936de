"""The embedded server: a Valkey or Redis process that belongs to this process and ends with it.

This package starts and ends processes; it does not read or write ticks. It imports only `tickql.feed.connection`,
`tickql.feed.errors` and `tickql.feed.scripts`.
"""

__all__ = ["child_process", "configuration", "orphan_guard", "script_guard", "server"]
