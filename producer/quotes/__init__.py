"""Quotes: built from readings, and joined when a new page takes over from an old page. No I/O.

The parsing of a price text belongs in `prices`; numbering, storing and sending ticks into `tickql.feed.publisher`.
May import: `capture.messages`, `feedfile`, `prices`, `errors` and `tickql.feed`.
"""

__all__ = ["alignment", "catch_up", "field_state", "quote_builder", "quote_sink"]
