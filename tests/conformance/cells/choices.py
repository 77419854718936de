"""The choices by which a cell is made. The same choices make the same cell again; smaller ones make a simpler cell."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Choices that are made at random, or repeated from a record.

    Each choice is a whole number, and 0 is the simplest. A record that ends too early goes on with zeros.
    """

    def __init__(self, *, seed: str = "", record: Sequence[int] | None = None) -> None:
        self.made: list[int] = []
        """The choices so far: a record that makes the same cell."""
        self._record = record
        self._random = random.Random(seed)

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to below `limit`."""
        if self._record is None:
            choice = self._random.randrange(limit)
        else:
            choice = min(self._record[len(self.made)], limit - 1) if len(self.made) < len(self._record) else 0
        self.made.append(choice)
        return choice

    def chance(self, percent: int) -> bool:
        """Return whether something of this probability happens."""
        return self.below(100) >= 100 - percent

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options. The first is the simplest."""
        return options[self.below(len(options))]

    def cuts(self, text: str, pieces: int) -> list[str]:
        """Return a text cut into at most so many pieces, at places that are chosen."""
        for _ in range(min(pieces, len(text)) - 1):
            place = self.below(len(text))
            text = text[:place] + "\0" + text[place:]
        return [piece for piece in text.split("\0") if piece] or [""]
