"""The sections of `RESULTS.md`, by the names that they have in `results.json`, and what their cases mean."""

FANOUT, WIDE, PACED, SYMBOLS = "fan-out", "symbols-per-connection", "maxHz", "symbols"
DOCUMENTS, MEMORY, QUERIES, CAPTURE = "documents", "memory", "queries", "capture"
FEED, RELAY = "feed", "relay"
SECTIONS = (FANOUT, WIDE, PACED, SYMBOLS, DOCUMENTS, MEMORY, QUERIES, CAPTURE, FEED, RELAY)
PACED_HZ = 5.0
NEVER_TICKED, SILENT = 0, 1
"""Cases of `MEMORY`."""
