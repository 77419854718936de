"""Steps on a page: what a person would do before prices are there, such as a click on a tab. Also those of a login."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tickql.producer.feedfile.section import Section, SelectorText

KINDS = ("fill", "choose", "click", "hover", "press", "wait", "scroll", "dialog")
_WITH_VALUE = ("fill", "choose", "dialog")


class Secret(Section):
    """A text that does not belong into the feed file: the value of the environment variable `env`."""

    env: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")


class PageStep(Section):
    """One step: exactly one of `KINDS`. `value` and `times` belong to some of them."""

    fill: SelectorText | None = None
    """An input, which gets the text `value`."""
    choose: SelectorText | None = None
    """A `<select>`, of which the option `value` is chosen, by its text or its value."""
    value: str | Secret | None = None
    click: SelectorText | None = None
    hover: SelectorText | None = None
    press: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    """A key, such as `Enter` or `Control+a`. It goes to the element that has the input focus."""
    wait: SelectorText | None = None
    """An element. The step ends when it is visible."""
    scroll: SelectorText | None = None
    """What is scrolled, from its beginning to its end, until it grows no more; `html`: the page."""
    times: int | None = Field(None, ge=1, le=1000)
    """How often `scroll` moves on at most, by not quite what is visible; `None`: 100 times."""
    dialog: Literal["accept", "dismiss"] | None = None
    """How a dialog of the browser is answered (alert, confirm, prompt): the first such step answers the first one.

    `value` is the text for a prompt. The step ends when the dialog has been answered, which may be earlier.
    """

    @model_validator(mode="after")
    def _check_step(self) -> Self:
        kinds = [name for name in KINDS if getattr(self, name) is not None]
        if len(kinds) != 1:
            given = " and ".join(kinds) or "none of them"
            raise ValueError(f"a step is one of {', '.join(KINDS[:-1])} and {KINDS[-1]}, not {given}")
        if self.value is None and self.fill is not None:
            raise ValueError('fill and value go together: { fill = "#password", value = { env = "BROKER_PASSWORD" } }')
        if self.value is None and self.choose is not None:
            raise ValueError('choose and value go together: { choose = "#market", value = "Futures" }')
        if self.value is not None and kinds[0] not in _WITH_VALUE:
            raise ValueError(f"value belongs to {', '.join(_WITH_VALUE[:-1])} or {_WITH_VALUE[-1]}, not to {kinds[0]}")
        if self.times is not None and self.scroll is None:
            raise ValueError(f"times belongs to scroll, not to {kinds[0]}")
        return self

    @property
    def kind(self) -> str:
        """Which of `KINDS` the step is."""
        return next(name for name in KINDS if getattr(self, name) is not None)

    @property
    def selector(self) -> str | None:
        """The element that the step is about; `None`: it is about none."""
        return None if self.kind in ("press", "dialog") else str(getattr(self, self.kind))

    def __str__(self) -> str:
        """Return the step as the feed file writes it, without `value`, which may be secret."""
        return f'{self.kind} "{getattr(self, self.kind)}"'
