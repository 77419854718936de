"""The `[page.login]` section of a feed file: how to recognise that the page is logged in, and how to log in."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from tickql.producer.feedfile.section import Candidates, Section, SelectorText, check_address


class Secret(Section):
    """A text that does not belong into the feed file: the value of the environment variable `env`."""

    env: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")


class LoginStep(Section):
    """One step of a login: exactly one of `fill`, `click`, `press` and `wait`."""

    fill: SelectorText | None = None
    """An input, which gets the text `value`."""
    value: str | Secret | None = None
    click: SelectorText | None = None
    press: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    """A key, such as `Enter` or `Control+a`. It goes to the element that has the input focus."""
    wait: SelectorText | None = None
    """An element. The step ends when it is visible."""

    @model_validator(mode="after")
    def _check_step(self) -> Self:
        kinds = [name for name in ("fill", "click", "press", "wait") if getattr(self, name) is not None]
        if len(kinds) != 1:
            given = " and ".join(kinds) or "none of them"
            raise ValueError(f"a step is one of fill, click, press and wait, not {given}")
        if (self.value is None) == (self.fill is not None):
            raise ValueError('fill and value go together: { fill = "#password", value = { env = "BROKER_PASSWORD" } }')
        return self

    def __str__(self) -> str:
        """Return the step as the feed file writes it, without `value`, which may be secret."""
        return next(
            f'{name} "{given}"' for name in ("fill", "click", "press", "wait") if (given := getattr(self, name))
        )


class LoginSettings(Section):
    """How to recognise that the page is logged in, and the steps by which the producer logs in."""

    marker: Candidates = ()
    """Elements of which at least one is on the page while it is logged in, and none otherwise. May be invisible."""
    logged_out: Candidates = ()
    """Elements of which at least one is visible while the page is logged out, and none otherwise."""
    url: str | None = None
    """The address at which the steps begin; `None`: the page's own."""
    steps: tuple[LoginStep, ...] = Field((), max_length=50)
    """The login, step by step. Empty: only a person can log in."""
    tries_per_hour: int = Field(3, ge=1, le=20)
    """How many logins the producer may try within an hour: sites lock accounts that try too often."""

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str | None) -> str | None:
        return None if url is None else check_address(url)

    @model_validator(mode="after")
    def _check_markers(self) -> Self:
        if not (self.marker or self.logged_out):
            raise ValueError('no marker of the login: give marker = "#account" or logged_out = "#sign-in"')
        return self
