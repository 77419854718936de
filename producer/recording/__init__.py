"""Recordings: quotes in a file. Written, read and replayed.

This room needs no browser, and reading and writing need no Redis. The command line around it belongs in
`tickql.cli`. May import: `tickql.feed` and `producer.errors`.
"""

__all__ = ["recording_file", "recording_format", "replay"]
