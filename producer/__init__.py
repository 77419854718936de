"""The producer: from a web page to ticks in the feed. The only user of Playwright.

This package watches pages, reads their prices and publishes them through `tickql.feed`. It knows nothing of GraphQL:
`tickql.api` reads the feed. May import: `tickql.feed`.

A price passes these rooms: `capture` (texts on the page) or `streams` (messages that the page receives), then `quotes`,
which parses by `prices`. `watch` keeps that going for days, in a `browser`, logged in by `login`, judged by `health`.
`discover` and `inspect` use all of that for a short time; `recording` keeps quotes in files.
"""

__all__ = [
    "browser",
    "capture",
    "clock",
    "discover",
    "errors",
    "feed_files",
    "feedfile",
    "inspect",
    "login",
    "recording",
    "service",
    "timings",
]
