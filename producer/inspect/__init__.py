"""A single check of a page, for `tickql check` and `tickql doctor`: nothing is published.

This room watches a page with the producer's own classes for some seconds and collects what was found. How the result is
printed belongs in `tickql.cli`, what a state means into `health`. May import every other room of the producer, except
for `discover` and `recording`.
"""

__all__ = ["browser_check", "inspection", "inspector"]
