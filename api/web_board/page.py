"""The board, built by `make board` from the sources in `clients/web`, and served at `/`."""

from pathlib import Path

from tickql.api.built_page import BuiltPage

BOARD = BuiltPage(
    name="the board",
    dist=Path(__file__).parent / "dist",
    assets_path="/assets",
    remedy="`make board` (needs Node 20.19 or newer with npm)",
    # `blob:` and `data:`: pictures that the page's own scripts have made or received.
    sources={"img-src": "'self' blob: data:"},
)
