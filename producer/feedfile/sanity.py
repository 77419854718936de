"""Doubts about a price that reads well: out of bounds, a jump, off the tick grid. A doubt never changes a price."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, localcontext
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, InstanceOf, model_validator

from tickql.producer.feedfile.section import Section

# Room for the difference of any two prices that a feed can carry, exact.
_EXACT_DIGITS = 100


@dataclass(frozen=True, slots=True)
class Jump:
    """The largest believable step between two prices of a field: in the price's own units, or in percent."""

    size: Decimal
    percent: bool = False

    @classmethod
    def of(cls, given: Any) -> Self:
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
                f'max_jump {text[:40]!r} is not a positive number of price units, nor a percentage such as "2%"'
            )
        return cls(size, text.endswith("%"))

    def allows(self, price: Decimal, previous: Decimal) -> bool:
        """Whether the step from `previous` to `price` is believable."""
        limit = self.size * abs(previous) / 100 if self.percent else self.size
        return abs(price - previous) <= limit

    def __str__(self) -> str:
        return f"{self.size}{'%' * self.percent}"


class Sanity(Section):
    """What a field's prices are expected to be. All optional, in price units. `None` expects nothing."""

    min: Decimal | None = None
    max: Decimal | None = None
    max_jump: Annotated[InstanceOf[Jump], BeforeValidator(Jump.of)] | None = None
    tick_size: Annotated[Decimal, Field(gt=0)] | None = None
    hold: bool = False
    """Whether a price in doubt is held back. Otherwise it is published, and only counted and reported."""

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self

    def doubt(self, price: str, previous: str | None) -> str | None:
        """What is wrong with an exact decimal price, given the field's previous one; `None` if nothing is.

        `previous` is None where there is no price to compare with.
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
                and not self.max_jump.allows(value, Decimal(previous))
            ):
                return f"{price} is more than max_jump {self.max_jump} away from {previous}"
        return None
