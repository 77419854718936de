"""tickql turns a web page that shows live prices into a real-time GraphQL API.

Each package says what belongs in it: `producer` (page to feed), `feed` (the feed in Redis), `api` (feed to GraphQL
subscribers), `client` (the package `tickql_client` of the checkout and of its own wheel), `demo` and `cli` (the command
line).
"""

__all__ = ["api", "cli", "client", "demo", "feed", "producer"]
