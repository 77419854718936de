"""The sanity checks of a price that reads well: bounds, the size of a step, the tick grid. No check changes a price."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, localcontext
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, InstanceOf, model_validator

from tickql.producer.errors import excerpt
from tickql.producer.feedfile.section import Section

# A feed carries 30 digits on either side of the point: the difference of any two such prices is exact in 100.
_EXACT_DIGITS = 100


@dataclass(frozen=True, slots=True)
class MaxJump:
    """The largest step between two prices of a field that counts as normal: in price units, or in percent."""

    size: Decimal
    percent: bool = False

    @classmethod
    def from_setting(cls, given: Any) -> Self:
        """Read `5`, `0.25` or `"2%"`.

        Raises:
            ValueError: not a positive number.
        """
        text = str(given)
        try:
            size = Decimal(text.removesuffix("%"))
        except InvalidOperation:
            size = Decimal(0)
        if not size.is_finite() or size <= 0:
            raise ValueError(
                f'max_jump {excerpt(text)!r} is not a positive number of price units, nor a percentage such as "2%"'
            )
        return cls(size, text.endswith("%"))

    def permits(self, price: Decimal, previous: Decimal) -> bool:
        """Return whether the step from `previous` to `price` is no larger than this."""
        limit = self.size * abs(previous) / 100 if self.percent else self.size
        return abs(price - previous) <= limit

    def __str__(self) -> str:
        return f"{self.size}{'%' * self.percent}"


class SanityChecks(Section):
    """What is expected of the prices of a field, in price units. `None`: that check is off."""

    min: Decimal | None = None
    max: Decimal | None = None
    max_jump: Annotated[InstanceOf[MaxJump], BeforeValidator(MaxJump.from_setting)] | None = None
    tick_size: Annotated[Decimal, Field(gt=0)] | None = None
    hold: bool = False
    """Whether a price that fails a check is held back. If not, it is published, and only counted and reported."""

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self

    def violation(self, price: str, previous: str | None) -> str | None:
        """Return the first check that an exact decimal price fails, as a sentence; `None` if it passes all.

        `previous` is the field's price before, `None` where there is no price to compare with.
        """
        with localcontext(prec=_EXACT_DIGITS):
            value = Decimal(price)
            if self.min is not None and value < self.min:
                return f"{price} is below min {self.min}"
            if self.max is not None and value > self.max:
                return f"{price} is above max {self.max}"
            if self.tick_size is not None and value % self.tick_size:
                return f"{price} is not a multiple of tick_size {self.tick_size}"
            if (
                self.max_jump is not None
                and previous is not None
                and not self.max_jump.permits(value, Decimal(previous))
            ):
                return f"{price} is more than max_jump {self.max_jump} away from {previous}"
        return None
