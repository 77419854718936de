"""The `[page]` section of a feed file: which page, and how the browser opens it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from tickql.producer.feedfile.access_settings import AttachAddress, HttpAuthSettings, ProxySettings
from tickql.producer.feedfile.addresses import keeps_secrets, origin_of
from tickql.producer.feedfile.login_settings import LoginSettings
from tickql.producer.feedfile.page_steps import PageStep, Secret
from tickql.producer.feedfile.secret_origins import SecretOrigins
from tickql.producer.feedfile.section import Candidates, Section, check_address


class Robots(StrEnum):
    """What the site's robots.txt means for the producer."""

    WARN = "warn"
    """Log a warning if it disallows the page, and open the page."""
    OBEY = "obey"
    """Do not open a page that it disallows."""
    IGNORE = "ignore"
    """Do not fetch it."""


class Viewport(Section):
    """Size of the page in CSS pixels. Tall by default: a virtual table has only those rows that are inside it."""

    width: int = Field(1280, ge=100, le=10_000)
    height: int = Field(2400, ge=100, le=20_000)


class KeepAliveSettings(Section):
    """Simulated activity, for sites that log out idle users. In the file: the seconds, or a table."""

    every_s: float = Field(alias="every", ge=1, le=86_400)
    """Seconds from one activity to the next."""
    key: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    """A key that is pressed, such as `Shift`; `None`: the mouse moves by a pixel in the page's corner."""

    @model_validator(mode="before")
    @classmethod
    def _from_seconds(cls, given: Any) -> Any:
        return given if isinstance(given, dict) else {"every": given}


_OF_AN_OWN_BROWSER = frozenset(
    ("ca", "headless", "http_auth", "locale", "proxy", "recycle_memory_mb", "storage_state", "user_agent")
)
"""What is set when a browser or a context is started, and so cannot be set in a browser of a person."""


class PageSettings(Section):
    """Which page to watch, and how. `None`: the browser's own default, where nothing else is said."""

    url: str
    """`http`, `https` or `file`."""
    sample_s: float = Field(0.01, alias="sample", ge=0.001, le=60)
    """Sample interval, seconds: the shortest time between two readings of the same field, on average."""
    viewport: Viewport = Viewport()
    locale: str | None = Field(None, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    """Language of the browser, such as `de-DE`: sites format numbers by it."""
    login: LoginSettings | None = None
    """How to recognise that the page is logged in, and how to log in; `None`: the page needs no login."""
    storage_state: Path | None = None
    """A saved login (see `browser.saved_login`), relative to the feed file. Each login by `login.steps` renews it."""
    steps: tuple[PageStep, ...] = Field((), max_length=50)
    """What is done each time that the page was loaded, before its prices count."""
    secret_origins: SecretOrigins = ()
    """Origins whose frames may get secrets, besides those of `url` and `login.url`."""
    keep_alive: KeepAliveSettings | None = None
    """`None`: no simulated activity."""
    dismiss: Candidates = ()
    """Elements that are clicked whenever they are visible, such as the button that closes a cookie dialog."""
    stale: Candidates = ()
    """Elements that are visible while the page's prices are not live. Nothing is published then."""
    user_agent: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    proxy: ProxySettings | None = None
    http_auth: HttpAuthSettings | None = None
    ca: Path | None = None
    """Certificates (PEM) that may sign the site's, besides those that the browser knows; relative to the feed file."""
    attach: AttachAddress | None = None
    """A browser that runs already, in which a person may be logged in; `None`: the producer starts one."""
    headless: bool = True
    robots: Robots = Robots.WARN
    # Below a minute a page would spend its time loading.
    recycle_after_s: Annotated[float, Field(ge=60)] | None = Field(None, alias="recycle_after")
    """Age at which a fresh page replaces the page, seconds; `None`: never."""
    # Below 300 MB every browser would be replaced at once: with one page it needs about 500.
    recycle_memory_mb: Annotated[float, Field(ge=300)] | None = Field(None, alias="recycle_memory")
    """Memory of browser and driver, MB, above which a fresh browser replaces the browser; `None`: no limit."""

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        return check_address(url)

    @field_validator("storage_state", "ca")
    @classmethod
    def _find_file(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else Path(info.context or ".") / path

    @property
    def origin(self) -> str:
        """The origin of the page's address, such as `https://example.test:8443`."""
        return origin_of(self.url)

    @model_validator(mode="after")
    def _check_contradictions(self) -> Self:
        given = sorted(self.model_fields_set & _OF_AN_OWN_BROWSER)
        if self.attach is not None and given:
            key = type(self).model_fields[given[0]].alias or given[0]
            raise ValueError(f"attach and {key} exclude each other: the attached browser has its own, remove one")
        if self.attach is not None and self.login is not None and self.login.steps:
            raise ValueError("attach and login.steps exclude each other: a person logs in in the attached browser")
        if self.http_auth is not None and not self.url.startswith("http"):
            raise ValueError(f"http_auth and url {self.url!r} exclude each other: a file asks for no password")
        self._check_encryption()
        both = next((selector for selector in self.dismiss if selector in self.stale), None)
        if both is not None:
            raise ValueError(f'dismiss and stale both have "{both}": what is clicked away marks nothing, remove one')
        return self

    def _check_encryption(self) -> None:
        """Refuse to begin a login, or steps with a secret, at an address where others can read along."""
        begins = []
        if self.http_auth is not None:
            begins.append(("http_auth", self.url))
        if any(isinstance(step.value, Secret) for step in self.steps):
            begins.append(("a secret in steps", self.url))
        if self.login is not None and any(step.value is not None for step in self.login.steps):
            begins.append(("login.steps", self.login.url or self.url))
        for name, url in begins:
            if not keeps_secrets(url):
                raise ValueError(f"{name} and {origin_of(url)} exclude each other: secrets are sent over https only")
