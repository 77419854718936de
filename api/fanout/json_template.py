"""JSON text with holes: the result of compiling a selection."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from tickql.api.fanout.json_source import JsonSource
from tickql.feed.time_slices import pause

_ITEMS_BETWEEN_PAUSES = 8
"""Items of a list that are encoded before the clock is looked at."""


@dataclass(frozen=True)
class Hole:
    """A place for one field of a `JsonSource`. `template`: what is selected of the field; `None`: it is a leaf."""

    name: str
    template: "JsonTemplate | None" = None

    def render(self, nested: JsonSource[Any] | list[JsonSource[Any]] | None) -> bytes:
        """Return the JSON of a field with fields of its own."""
        assert self.template is not None
        if nested is None:
            return b"null"
        if isinstance(nested, list):
            return self.template.render_list(nested)
        return self.template.render(nested)


@dataclass(frozen=True)
class JsonTemplate:
    """JSON with holes (`%b`), which are filled with the fields of a `JsonSource`, in order.

    Two templates are equal when their texts and holes are.
    """

    text: bytes
    holes: tuple[Hole, ...]
    _pieces: list[Any] = field(init=False, repr=False, compare=False)
    """The text between the holes, alternating with the values of the last source. `join` on this list takes half the
    time of formatting with `%`. The list can be reused where nothing comes between filling and joining it."""
    _values: Callable[[JsonSource[Any]], tuple[Any, ...]] = field(init=False, repr=False, compare=False)
    _nested: tuple[tuple[int, Hole], ...] = field(init=False, repr=False, compare=False)
    """The holes of fields with fields of their own, each with its index in `_pieces`."""

    def __post_init__(self) -> None:
        pieces = self.text.split(b"%b")
        nested = tuple((2 * index + 1, hole) for index, hole in enumerate(self.holes) if hole.template is not None)
        # The usual assignment is not allowed in a frozen dataclass.
        object.__setattr__(self, "_pieces", [piece for each in pieces for piece in (each, b"")][:-1])
        object.__setattr__(self, "_values", _getter(tuple(hole.name for hole in self.holes)))
        object.__setattr__(self, "_nested", nested)

    def render(self, source: JsonSource[Any]) -> bytes:
        """Return the JSON for one source."""
        # A list in a nested field may pause, and another computation may then use this template.
        pieces = self._pieces.copy() if self._nested else self._pieces
        pieces[1::2] = self._values(source)
        for index, hole in self._nested:
            pieces[index] = hole.render(pieces[index])
        return b"".join(pieces)

    def render_list(self, sources: Sequence[JsonSource[Any]]) -> bytes:
        """Return the JSON of a list. Pauses between its items."""
        values = list[bytes]()
        for start in range(0, len(sources), _ITEMS_BETWEEN_PAUSES):
            values.extend(map(self.render, sources[start : start + _ITEMS_BETWEEN_PAUSES]))
            pause()
        return b"[%b]" % b",".join(values)

    def wrapped(self, before: bytes, after: bytes, first: tuple[Hole, ...] = ()) -> "JsonTemplate":
        """Return a template with more text around this one. `first`: the holes in `before`."""
        return JsonTemplate(before + self.text + after, first + self.holes)


def _getter(names: tuple[str, ...]) -> Callable[[JsonSource[Any]], tuple[Any, ...]]:
    # `attrgetter` is the fastest way, but returns a tuple only for two names or more.
    if len(names) > 1:
        return attrgetter(*names)
    return lambda source: tuple(getattr(source, name) for name in names)
