"""The `[page.login]` section of a feed file: how to recognise that the page is logged in, and how to log in."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from tickql.producer.feedfile.page_steps import PageStep
from tickql.producer.feedfile.section import Candidates, Section, check_address


class LoginSettings(Section):
    """How to recognise that the page is logged in, and the steps by which the producer logs in."""

    marker: Candidates = ()
    """Elements of which at least one is on the page while it is logged in, and none otherwise. May be invisible."""
    logged_out: Candidates = ()
    """Elements of which at least one is visible while the page is logged out, and none otherwise."""
    url: str | None = None
    """The address at which the steps begin; `None`: the page's own."""
    steps: tuple[PageStep, ...] = Field((), max_length=50)
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
        both = next((selector for selector in self.marker if selector in self.logged_out), None)
        if both is not None:
            raise ValueError(f'marker and logged_out both have "{both}": no page can be judged by it, remove one')
        return self
