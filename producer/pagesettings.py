"""The `[page]` section of a feed file: which page, and how the browser opens it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from producer.section import Section


class Robots(StrEnum):
    """What to make of the site's robots.txt."""

    WARN = "warn"
    """Say so when it disallows the page, and go on."""
    OBEY = "obey"
    """Refuse to open a page that it disallows."""
    IGNORE = "ignore"
    """Do not ask for it."""


class Viewport(Section):
    """Size of the page in CSS pixels. Rows of a virtual table exist only inside it, so it is tall."""

    width: int = Field(1280, ge=100, le=10_000)
    height: int = Field(2400, ge=100, le=20_000)


class PageSettings(Section):
    """Which page to watch, and how. `None` leaves a thing to the browser."""

    url: str
    """`http`, `https` or `file`."""
    sample_s: float = Field(0.01, alias="sample", ge=0.001, le=60)
    """Shortest time between two looks at the same field, seconds."""
    viewport: Viewport = Viewport()
    locale: str | None = Field(None, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    """Language of the page, such as `de-DE`: sites write numbers by it."""
    storage_state: Path | None = None
    """Cookies and local storage of a login, as Playwright saves them; relative to the feed file."""
    user_agent: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    headless: bool = True
    robots: Robots = Robots.WARN
    recycle_after_s: Annotated[float, Field(ge=60)] | None = Field(None, alias="recycle_after")
    """Age at which the page is replaced by a fresh one, seconds; `None`: never."""

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            well_formed = parts.scheme == "file" or (parts.scheme in {"http", "https"} and bool(parts.hostname))
        except ValueError:
            well_formed = False
        if not well_formed:
            raise ValueError(f'url {url[:80]!r} is no address of a page, such as "https://example.test/board"')
        return url

    @field_validator("storage_state")
    @classmethod
    def _find_storage_state(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path is None:
            return None
        found = Path(info.context or ".") / path
        if not found.is_file():
            raise ValueError(f"storage_state {str(path)!r}: no such file beside the feed file")
        return found
