"""Parsing and validation of documents by graphql-core, with pauses (`tickql.feed.time_slices`)."""

from collections.abc import Mapping
from typing import Any

from graphql import DocumentNode, Node, ValidationRule
from graphql.language.parser import Parser

from tickql.feed.time_slices import pause


def parse_with_pauses(text: str, options: Mapping[str, Any]) -> DocumentNode:
    """Parse a document. `options`: those of `graphql.parse`.

    Raises:
        GraphQLError: `text` is no document, or goes beyond a limit in `options`.
        RecursionError: it is nested too deep.
    """
    return _PausingParser(text, **options).parse_document()


class _PausingParser(Parser):
    """A parser that pauses between tokens."""

    def advance_lexer(self) -> None:
        """Go on to the next token."""
        pause()
        super().advance_lexer()


class PausingRule(ValidationRule):
    """A rule that allows everything, and pauses before each node of a document."""

    def enter(self, _node: Node, *_: Any) -> None:
        """Pause."""
        pause()
