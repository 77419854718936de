"""Which symbols a token covers: names such as `ES`, and patterns such as `FX:*`. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

_PATTERN = re.compile(r"[A-Za-z0-9._\-/=^:*]{1,32}", re.ASCII)
_MAX_PATTERNS = 1000


@dataclass(frozen=True, slots=True)
class SymbolPatterns:
    """Names and patterns of symbols. In a pattern `*` stands for any characters, also none. Equal ones hash equal."""

    patterns: frozenset[str]

    @classmethod
    def parse(cls, texts: str | Iterable[str]) -> Self:
        """Parse names and patterns: a list of them, or one text with commas.

        Raises:
            ValueError: there is none, there are too many, or one has a character that no symbol has.
        """
        parts = texts.split(",") if isinstance(texts, str) else texts
        patterns = frozenset(re.sub(r"\*+", "*", part.strip()) for part in parts)
        if not patterns or len(patterns) > _MAX_PATTERNS:
            raise ValueError(f"{len(patterns)} symbols and patterns, not 1 to {_MAX_PATTERNS}")
        for pattern in sorted(patterns):
            if not _PATTERN.fullmatch(pattern):
                raise ValueError(f"{pattern[:40]!r} is no symbol and no pattern such as FX:*")
        return cls(patterns)

    @property
    def covers_all(self) -> bool:
        """Whether every symbol is covered, also those that appear later."""
        return "*" in self.patterns

    def covers(self, symbol: str) -> bool:
        """Whether a symbol is covered."""
        return symbol in self.patterns or self.covers_all or _matcher(self.patterns).fullmatch(symbol) is not None

    def includes(self, other: Self) -> bool:
        """Whether these cover each symbol that `other` covers."""
        # A `*` of the other's pattern can only be matched by a `*` of ours.
        return all(self.covers(pattern) for pattern in other.patterns)

    def __str__(self) -> str:
        return ",".join(sorted(self.patterns))


@lru_cache(maxsize=1024)
def _matcher(patterns: frozenset[str]) -> re.Pattern[str]:
    # Sorted, so that equal sets give equal expressions. A symbol has at most 32 characters: no expression runs long.
    return re.compile("|".join(re.escape(pattern).replace(r"\*", ".*") for pattern in sorted(patterns)))


EVERY_SYMBOL = SymbolPatterns(frozenset(("*",)))
