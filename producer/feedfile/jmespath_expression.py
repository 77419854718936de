"""JMESPath expressions over documents whose numbers keep every digit. No I/O."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Self

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from tickql.producer.feedfile.jmespath_functions import OPTIONS

_MAX_CHARACTERS = 1000
# What a document may make of an expression: wrong types, comparisons that make no sense, depths without end.
_FAILURES = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)


class JmespathExpression:
    """A compiled JMESPath. It picks values out of documents; what it computes is no `JsonNumber`, and so no price."""

    def __init__(self, expression: str) -> None:
        if len(expression) > _MAX_CHARACTERS:
            raise ValueError(f"a JMESPath of {len(expression)} characters: at most {_MAX_CHARACTERS} are read")
        try:
            self._compiled = jmespath.compile(expression)
        except (JMESPathError, RecursionError) as error:
            raise ValueError(f"{expression[:80]!r} is no JMESPath: {_fault(error)}") from error
        for name in _functions(self._compiled.parsed):
            if name not in Functions.FUNCTION_TABLE:
                near = get_close_matches(name, Functions.FUNCTION_TABLE, n=1)
                advice = f", did you mean {near[0]}()?" if near else ""
                raise ValueError(f"{expression[:80]!r} is no JMESPath: there is no function {name}(){advice}")
        self.expression = expression
        self._keys = _keys(self._compiled.parsed)

    @classmethod
    def of(cls, given: Any) -> Self:
        """Compile what a feed file gives.

        Raises:
            ValueError: no text, or no JMESPath; one line.
        """
        if not isinstance(given, str):
            raise ValueError(f'{given!r:.40} is no JMESPath in quotes, such as "data[].price"')
        return cls(given)

    def search(self, document: Any) -> Any:
        """What the expression picks; `None` if that is nothing.

        Raises:
            ValueError: the expression does not go with this document.
        """
        if self._keys is not None:
            return _follow(document, self._keys)
        try:
            return self._compiled.search(document, OPTIONS)
        except _FAILURES as error:
            raise ValueError(f"{self.expression[:80]!r} does not go with it: {_fault(error)}") from error


def _fault(error: Exception) -> str:
    """JMESPath's own words in one line, without the drawing of the place."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    position = getattr(error, "lex_position", None)
    first = str(error).partition("\n")[0].partition(", for expression")[0].rstrip(":")
    for introduction in ("Invalid jmespath expression: ", "Bad jmespath expression: "):
        first = first.removeprefix(introduction)
    place = f" at character {position + 1}" if isinstance(position, int) and "column" not in first else ""
    return f"{first[:1].lower()}{first[1:]}{place}"


def _functions(node: Any) -> Iterator[str]:
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node.get("children", ()):
        if isinstance(child, dict):
            yield from _functions(child)


def _keys(node: Any) -> tuple[str, ...] | None:
    """The keys of a plain path such as `quote.ask`: most picks are one, and then no interpreter is needed."""
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] != "subexpression":
        return None
    paths = [_keys(child) for child in node["children"]]
    return None if None in paths else tuple(key for path in paths for key in path or ())


def _follow(document: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document
