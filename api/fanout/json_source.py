"""Objects that know their fields as JSON, under the names that the schema gives them.

A compiled selection (`compiled_selection`) fills its holes from them. Each field is encoded at most once, for all
selections that ask for it.
"""

from collections.abc import Callable
from itertools import chain
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class _Lazy:
    """A lazy attribute: computed at the first access, then stored in the instance like any other attribute."""

    def __init__(self, compute: Callable[[Any], Any]) -> None:
        self._compute = compute

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, source: "JsonSource[Any]", _: type) -> Any:
        # This class has no `__set__`, so Python reads the instance's dictionary first from the next access on.
        computed = source.__dict__[self._name] = self._compute(source.value)
        return computed


class Leaf(_Lazy):
    """A field without fields of its own. Its value is JSON, as bytes."""


class Nested(_Lazy):
    """A field with fields of its own. Its value is a `JsonSource`, a list of them, or `None` for null."""


class Derived(_Lazy):
    """Text that is no field of the schema."""


class JsonSource(Generic[Value]):
    """The fields of `value`: an object of this class stands for one object of a GraphQL type."""

    def __init__(self, value: Value) -> None:
        self.value = value


def fields_of(source: type[JsonSource[Any]], kind: type[_Lazy]) -> frozenset[str]:
    """Return the names of all fields of a kind, inherited ones included."""
    members = (vars(each).items() for each in source.__mro__)
    return frozenset(name for name, member in chain.from_iterable(members) if isinstance(member, kind))
