"""Rectangles in CSS pixels. No I/O."""

import math
from collections.abc import Sequence
from typing import NamedTuple, Self

_SAME_PX = 1.5
"""Two rectangles whose numbers differ by less are in the same place."""


class Rectangle(NamedTuple):
    """Left, top, width and height."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def of(cls, numbers: Sequence[object]) -> Self:
        """Return four numbers of a page as a rectangle.

        Raises:
            ValueError, TypeError: they are no rectangle.
        """
        x, y, width, height = (float(each) for each in numbers)  # type: ignore[arg-type]
        if not all(map(math.isfinite, (x, y, width, height))) or width < 0 or height < 0:
            raise ValueError("not a rectangle")
        return cls(x, y, width, height)

    def is_near(self, other: "Rectangle") -> bool:
        """Return whether both are in the same place."""
        return all(abs(one - two) < _SAME_PX for one, two in zip(self, other, strict=True))

    def around(self, other: "Rectangle") -> "Rectangle":
        """Return the smallest rectangle around both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        right = max(self.x + self.width, other.x + other.width)
        bottom = max(self.y + self.height, other.y + other.height)
        return Rectangle(x, y, right - x, bottom - y)

    def within(self, width: float, height: float) -> "Rectangle | None":
        """Return the part that is in a picture of this size; `None`: nothing is."""
        x, y = max(self.x, 0.0), max(self.y, 0.0)
        wide, high = min(self.x + self.width, width) - x, min(self.y + self.height, height) - y
        return Rectangle(x, y, wide, high) if wide > 0 and high > 0 else None


class Shift(NamedTuple):
    """How the rectangles of a frame become rectangles of the page: scaled, then moved."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def apply(self, inner: Rectangle) -> Rectangle:
        """Return a rectangle of the frame as one of the page."""
        scale, x, y = self
        return Rectangle(x + scale * inner.x, y + scale * inner.y, scale * inner.width, scale * inner.height)
