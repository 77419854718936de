"""`tickql discover`: watches an unknown page, infers where its prices are, and writes a feed file.

The way of a discovery: `page` observes, `inference` finds prices and symbols, `selectors` chooses selectors, `writing`
proves the result on the page and writes the file; `session` runs all of that.

May import: `browser`, `capture`, `feedfile`, `prices`, `streams`, `clock`, `errors`. No other package of the producer
imports this one.
"""

__all__ = ["errors", "inference", "session", "visit", "writing"]
