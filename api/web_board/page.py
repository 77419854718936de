"""The built board: the paths of its files, and the HTTP headers that belong to them.

`make board` builds `dist/` beside this module from the sources in `clients/web`::

    dist/index.html     the page itself, served at `/`
    dist/assets/*       scripts, styles and fonts, served below `ASSETS_PATH`

The page refers to its assets relative to its own address, so a proxy may add a path prefix. The name of an asset
contains a hash of its content: browsers may cache assets without limit, but must ask for the page each time.
"""

from pathlib import Path

from tickql.api.errors import ApiError

DIST = Path(__file__).parent / "dist"
ASSETS = DIST / "assets"
ASSETS_PATH = "/assets"

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        # `blob:` and `data:`: pictures that the page's own scripts have made or received.
        "img-src 'self' blob: data:",
        # Also allows the WebSocket of the same host and port.
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy of the board: no inline script or style, no `eval`, nothing from another host."""


class BoardMissing(ApiError):
    """The board has not been built. The API works without it."""


def read_page() -> bytes:
    """Return the HTML of the page.

    Raises:
        BoardMissing: the page was not built.
    """
    try:
        return (DIST / "index.html").read_bytes()
    except FileNotFoundError as error:
        raise BoardMissing("the board is not built: run `make board` (needs Node 20.19 or newer with npm)") from error
