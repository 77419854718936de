"""The `[page]` section of a feed file: which page, and how the browser opens it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from tickql.producer.feedfile.login_settings import LoginSettings
from tickql.producer.feedfile.section import Candidates, Section, check_address


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


class KeepAliveSettings(Section):
    """A sign of life for pages that log out who does nothing. In the file: the seconds, or a table."""

    every_s: float = Field(alias="every", ge=1, le=86_400)
    """Seconds between two of them."""
    key: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    """A key to press, such as `Shift`; `None`: the mouse is moved by a pixel in the page's corner."""

    @model_validator(mode="before")
    @classmethod
    def _from_seconds(cls, given: Any) -> Any:
        return given if isinstance(given, dict) else {"every": given}


class PageSettings(Section):
    """Which page to watch, and how. `None` leaves a thing to the browser."""

    url: str
    """`http`, `https` or `file`."""
    sample_s: float = Field(0.01, alias="sample", ge=0.001, le=60)
    """Shortest time between two looks at the same field, seconds."""
    viewport: Viewport = Viewport()
    locale: str | None = Field(None, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    """Language of the page, such as `de-DE`: sites write numbers by it."""
    login: LoginSettings | None = None
    """How to tell that one is logged in, and how to log in; `None`: the page needs no login."""
    storage_state: Path | None = None
    """A saved login (see `browser.saved_login`), relative to the feed file. A recipe of `login` renews it."""
    keep_alive: KeepAliveSettings | None = None
    """`None`: the page is left alone."""
    dismiss: Candidates = ()
    """Elements that are clicked away whenever they are visible, such as the button of a cookie dialog."""
    stale: Candidates = ()
    """Elements that, while one of them is visible, say that the page's prices are not live. None is published then."""
    user_agent: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    headless: bool = True
    robots: Robots = Robots.WARN
    recycle_after_s: Annotated[float, Field(ge=60)] | None = Field(None, alias="recycle_after")
    """Age at which the page is replaced by a fresh one, seconds; `None`: never."""
    recycle_memory_mb: Annotated[float, Field(ge=300)] | None = Field(None, alias="recycle_memory")
    """Memory at which the whole browser, with its driver, is replaced by a fresh one, MB; `None`: never."""

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        return check_address(url)

    @field_validator("storage_state")
    @classmethod
    def _find_storage_state(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else Path(info.context or ".") / path
