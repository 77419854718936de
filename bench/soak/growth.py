"""Has something grown for good? Memory and descriptors go up and down: thirds of the time are compared."""

from collections.abc import Iterator, Sequence
from statistics import median

ROOM_MB, ROOM_FILES = 20.0, 8
"""What any process may gain besides."""
_GROWTH = 1.15
_FEWEST = 4


def grown(name: str, values: Sequence[float], room: float) -> Iterator[str]:
    """Yield a sentence if values have grown from the first third to the last one; none if there are too few to say."""
    third = len(values) // 3
    if third < _FEWEST:
        return
    before, after = median(values[:third]), median(values[-third:])
    if after > before * _GROWTH + room:
        yield f"{name} from {before:,.0f} to {after:,.0f}"
