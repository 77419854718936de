"""The built GraphiQL page: where its files are and the policy they are served under.

`make graphiql` builds `dist/` from the sources beside this module::

    dist/index.html     the page itself, to be served at the GraphQL endpoint to a browser
    dist/assets/*       scripts, styles, font and workers, to be served below `ASSETS_PATH`

The page finds its assets relative to its own address (`/graphql` -> `/graphiql/...`), so a path prefix that a proxy
puts before both does no harm. An asset's name changes with its content: browsers may keep assets for ever, and the page
never.
"""

from pathlib import Path

from tickql.api.errors import ApiError

DIST = Path(__file__).parent / "dist"
ASSETS = DIST / "assets"
ASSETS_PATH = "/graphiql"

ASSETS_CACHE_CONTROL = "public, max-age=31536000, immutable"
PAGE_CACHE_CONTROL = "no-cache"

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # The editor (Monaco) writes its colour theme into a <style> element at run time.
        "style-src 'self' 'unsafe-inline'",
        # GraphiQL's style sheet carries its fonts within itself.
        "font-src 'self' data:",
        "img-src 'self' data:",
        "worker-src 'self'",
        # Covers the WebSocket of the same host and port too.
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy of the page: no inline script, no `eval`, nothing from another host."""


class GraphiqlMissing(ApiError):
    """The page has not been built. The API itself is not concerned."""


def load_page() -> bytes:
    """The HTML of the page.

    Raises:
        GraphiqlMissing: it was never built, or not wholly.
    """
    try:
        return (DIST / "index.html").read_bytes()
    except FileNotFoundError as error:
        raise GraphiqlMissing("the GraphiQL page is not built: run `make graphiql` (needs Node with npm)") from error
