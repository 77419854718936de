"""Documents are bounded, and parsed and validated once, however many clients send them.

Their depth needs no limit of its own: no type of the schema contains itself.
"""

from collections.abc import Iterator
from contextlib import suppress

from graphql import GraphQLError
from strawberry.extensions import MaxTokensLimiter, ParserCache, SchemaExtension, ValidationCache

_KEPT = 256
"""Different documents whose parsed form is kept, the least used ones going first."""


_MOST_TOKENS = 1000
"""Ten times what asks for everything that the schema has."""


class Parsed(ParserCache):
    """Strawberry's cache, but for documents that do not parse.

    Those are left for Strawberry to parse and answer: an error that is raised here ends a WebSocket operation without
    saying why.
    """

    def on_parse(self) -> Iterator[None]:
        """Look the document up, or parse and keep it."""
        context = self.execution_context
        with suppress(GraphQLError, RecursionError):
            context.graphql_document = self.cached_parse_document(context.query, **context.parse_options)
        yield


def bounded() -> SchemaExtension:
    """The limit on a document's size."""
    return MaxTokensLimiter(_MOST_TOKENS)


def parsed() -> SchemaExtension:
    """The cache of parsed documents, which all requests share."""
    return Parsed(_KEPT)


def validated() -> SchemaExtension:
    """The cache of what validation said of them."""
    return ValidationCache(_KEPT)
