"""The built GraphiQL page: the paths of its files, and the HTTP headers that belong to them.

`make graphiql` builds `dist/` from the sources beside this module::

    dist/index.html     the page itself, served to browsers at the GraphQL endpoint
    dist/assets/*       scripts, styles, font and workers, served below `ASSETS_PATH`

The page refers to its assets relative to its own address (`/graphql` -> `/graphiql/...`), so a proxy may add a path
prefix to both. The name of an asset contains a hash of its content: browsers may cache assets without limit, but must
ask for the page each time.
"""

from pathlib import Path

from tickql.api.errors import ApiError

DIST = Path(__file__).parent / "dist"
ASSETS = DIST / "assets"
ASSETS_PATH = "/graphiql"

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # The editor (Monaco) writes its colour theme into a <style> element at run time.
        "style-src 'self' 'unsafe-inline'",
        # GraphiQL's style sheet contains its fonts as `data:` URLs.
        "font-src 'self' data:",
        "img-src 'self' data:",
        "worker-src 'self'",
        # Also allows the WebSocket of the same host and port.
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy of the page: no inline script, no `eval`, nothing from another host."""


class GraphiqlMissing(ApiError):
    """The page has not been built. The API works without it."""


def read_page() -> bytes:
    """Return the HTML of the page.

    Raises:
        GraphiqlMissing: the page was not built.
    """
    try:
        return (DIST / "index.html").read_bytes()
    except FileNotFoundError as error:
        raise GraphiqlMissing("the GraphiQL page is not built: run `make graphiql` (needs Node with npm)") from error
