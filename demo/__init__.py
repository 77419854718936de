"""A market board page with simulated or recorded prices, so that all of tickql can be tried without an outside site.

The page is a site like any other to tickql: nothing here publishes prices or knows the feed. It may import
`tickql.producer.recording`, to read recordings.
"""

__all__ = ["replay", "server", "simulation"]
