"""JMESPath expressions of a feed file, for documents whose numbers keep every digit. No I/O."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Self

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.visitor import Options

from tickql.producer.errors import excerpt
from tickql.producer.feedfile.jmespath_functions import (
    FUNCTION_NAMES,
    NULL,
    NULL_MARKING_OPTIONS,
    OPTIONS,
    with_null_markers,
)

# A longer expression is a mistake in the file; compiling takes time and memory by its length.
_MAX_CHARACTERS = 1000
_SHOWN_CHARACTERS = 80
# What the library raises when a document does not fit an expression: wrong types, senseless comparisons, deep nesting.
_FAILURES = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)


class JmespathExpression:
    """A compiled JMESPath expression. It picks values out of documents.

    The result of a computation is not a `JsonNumber`, and so never a price.
    """

    def __init__(self, expression: str) -> None:
        if len(expression) > _MAX_CHARACTERS:
            raise ValueError(f"a JMESPath of {len(expression)} characters: at most {_MAX_CHARACTERS} are read")
        try:
            self._compiled = jmespath.compile(expression)
        except (JMESPathError, RecursionError) as error:
            raise ValueError(
                f"{excerpt(expression, _SHOWN_CHARACTERS)!r} is not a JMESPath: {_fault(error)}"
            ) from error
        # The library looks a function up only when it runs: an unknown name would be an error of each message.
        names = dict.fromkeys(_function_names(self._compiled.parsed))
        for name in names:
            if name not in FUNCTION_NAMES:
                near = get_close_matches(name, FUNCTION_NAMES, n=1)
                advice = f", did you mean {near[0]}()?" if near else ""
                shown = excerpt(expression, _SHOWN_CHARACTERS)
                raise ValueError(f"{shown!r} is not a JMESPath: there is no function {name}(){advice}")
        self.expression = expression
        self._keys = _keys(self._compiled.parsed)
        self._parses = "parse" in names

    @classmethod
    def from_setting(cls, given: Any) -> Self:
        """Compile the value of a feed-file key.

        Raises:
            ValueError: not a text, or not a JMESPath. The message is one line.
        """
        if not isinstance(given, str):
            raise ValueError(f'{given!r:.40} is not a JMESPath in quotes, such as "data[].price"')
        return cls(given)

    def search(self, document: Any) -> Any:
        """Return the value that the expression picks; `None` if it picks nothing.

        Raises:
            ValueError: the expression does not fit this document.
        """
        return self._search(document, OPTIONS)

    def finds_null(self, document: Any) -> bool:
        """Return whether the expression picks a null of the document, for which `search` returns `None` too.

        Raises:
            ValueError, RecursionError: the expression does not fit this document.
        """
        # Most records hold no null at all. A null inside a text is seen only by `parse`.
        if not self._parses and not _has_null(document):
            return False
        return self._search(with_null_markers(document), NULL_MARKING_OPTIONS) is NULL

    def _search(self, document: Any, options: Options) -> Any:
        if self._keys is not None:
            return _follow(document, self._keys)
        try:
            return self._compiled.search(document, options)
        except _FAILURES as error:
            raise ValueError(
                f"{excerpt(self.expression, _SHOWN_CHARACTERS)!r} does not match: {_fault(error)}"
            ) from error


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_null, value.values()))
    return any(map(_has_null, value)) if isinstance(value, list) else value is None


def _fault(error: Exception) -> str:
    """Return the library's error message in one line, without its drawing that points to the place."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    position = getattr(error, "lex_position", None)
    first = str(error).partition("\n")[0].partition(", for expression")[0].rstrip(":")
    for introduction in ("Invalid jmespath expression: ", "Bad jmespath expression: "):
        first = first.removeprefix(introduction)
    place = f" at character {position + 1}" if isinstance(position, int) and "column" not in first else ""
    return f"{first[:1].lower()}{first[1:]}{place}"


def _function_names(node: Any) -> Iterator[str]:
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node.get("children", ()):
        if isinstance(child, dict):
            yield from _function_names(child)


def _keys(node: Any) -> tuple[str, ...] | None:
    """Return the keys of a plain path such as `quote.ask`; `None` for any other expression.

    Most expressions are plain paths. They are followed directly, without the library's interpreter, which is slower.
    """
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
