"""Patterns in which `*` stands for any text. Matching takes time in proportion to the text, whatever it holds."""


class Wildcard:
    """A pattern that matches whole texts."""

    def __init__(self, pattern: str) -> None:
        self._first, *rest = pattern.split("*")
        self._middle, self._last = rest[:-1], rest[-1] if rest else None

    def matches(self, text: str) -> bool:
        """Return whether a whole text matches."""
        if self._last is None:
            return text == self._first
        if not text.startswith(self._first):
            return False
        position = len(self._first)
        # The first place of each part leaves the most for those behind it.
        for part in self._middle:
            found = text.find(part, position)
            if found < 0:
                return False
            position = found + len(part)
        return len(text) - len(self._last) >= position and text.endswith(self._last)
