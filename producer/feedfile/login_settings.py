"""The `[page.login]` section of a feed file: how to tell that one is logged in, and how to log in."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from tickql.producer.feedfile.section import Candidates, Section, Selector, check_address


class Secret(Section):
    """A text that is not in the feed file: the value of an environment variable."""

    env: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")


class Step(Section):
    """One step of a recipe, exactly one of `fill`, `click`, `press` and `wait`."""

    fill: Selector | None = None
    """An input to be filled with `value`."""
    value: str | Secret | None = None
    click: Selector | None = None
    press: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    """A key, such as `Enter` or `Control+a`, where the input focus is."""
    wait: Selector | None = None
    """Something to wait for until it shows."""

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
        """The step as people know it, without what is filled in."""
        return next(
            f'{name} "{given}"' for name in ("fill", "click", "press", "wait") if (given := getattr(self, name))
        )


class LoginSettings(Section):
    """How to tell that one is logged in, and a recipe for logging in where one is not."""

    marker: Candidates = ()
    """Elements of which one is on the page while one is logged in, and none otherwise. Need not be visible."""
    logged_out: Candidates = ()
    """Elements of which one is visible while one is not logged in, and none otherwise."""
    url: str | None = None
    """Where the recipe begins; `None`: at the page's own address."""
    steps: tuple[Step, ...] = Field((), max_length=50)
    """The recipe. Empty: only a person can log in."""
    tries_per_hour: int = Field(3, ge=1, le=20)
    """How often the recipe may run within an hour: sites lock accounts that try too often."""

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str | None) -> str | None:
        return None if url is None else check_address(url)

    @model_validator(mode="after")
    def _check_signs(self) -> Self:
        if not (self.marker or self.logged_out):
            raise ValueError(
                'nothing says whether one is logged in: give marker = "#account" or logged_out = "#sign-in"'
            )
        return self
