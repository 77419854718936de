"""A page for browsers that a build has written into a folder: its files, and the policy under which browsers run it.

    dist/index.html     the page itself
    dist/assets/*       scripts, styles, fonts and the like, served below `assets_path`

The page refers to its assets relative to its own address, so a proxy may add a path prefix to both. The name of an
asset contains a hash of its content: browsers may cache assets without limit, but must ask for the page each time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tickql.api.errors import ApiError

_POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self'",
    # Also allows the WebSocket of the same host and port.
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}


class PageMissing(ApiError):
    """The page was never built. The API works without it."""


@dataclass(slots=True)
class BuiltPage:
    """A built page. `name`: for people. `remedy`: the command that builds it, and what that needs."""

    name: str
    dist: Path
    assets_path: str
    remedy: str
    sources: Mapping[str, str] = field(default_factory=dict)
    """Directives of the Content-Security-Policy that allow more than the page's own host."""

    @property
    def assets(self) -> Path:
        """The folder of the assets."""
        return self.dist / "assets"

    @property
    def policy(self) -> str:
        """The Content-Security-Policy: no inline script, no `eval`, nothing from another host."""
        return "; ".join(f"{name} {sources}" for name, sources in {**_POLICY, **self.sources}.items())

    def read(self) -> bytes:
        """Return the HTML of the page.

        Raises:
            PageMissing: it was not built.
        """
        try:
            return (self.dist / "index.html").read_bytes()
        except FileNotFoundError as error:
            raise PageMissing(f"{self.name} is not built: run {self.remedy}") from error
