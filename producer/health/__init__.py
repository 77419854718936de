"""The health of a page and its symbols: states, each with its reason in one sentence for a person.

Pure judgement on heartbeats, streams and quotes: no I/O and no clock. What is done about a state belongs in `watch`.
May import: `capture.messages`, `feedfile`, `login`, `quotes`, `streams`, `errors`, `timings` and `tickql.feed`.
"""

__all__ = ["challenges", "diagnostics", "page_access", "page_status", "stream_health", "symbol_health"]
