"""tickql turns a web page that shows live prices into a real-time GraphQL API.

Each package says what belongs in it: `producer` (page to feed), `feed` (the feed in Redis), `api` (feed to GraphQL
subscribers), `clients`, `demo` and `cli` (the command line).
"""

__all__ = ["api", "cli", "clients", "demo", "feed", "producer"]
