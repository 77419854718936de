"""Limits and caches for GraphQL documents.

The size of a document is limited. Each document is parsed and validated once, however many clients send it. The depth
needs no limit of its own, because no type of the schema contains itself.
"""

from collections.abc import Iterator
from contextlib import suppress

from graphql import GraphQLError
from strawberry.extensions import MaxTokensLimiter, ParserCache, SchemaExtension, ValidationCache

_MAX_CACHED_DOCUMENTS = 256
"""Documents whose parsed form is kept. Each one over it replaces the least recently used."""

_MAX_TOKENS = 1000
"""Ten times what a document needs that selects every field of the schema."""


class Parsed(ParserCache):
    """Strawberry's cache of parsed documents, except for documents that cannot be parsed.

    Strawberry parses and answers those: an error that is raised here would end a WebSocket operation without a message
    to the client.
    """

    def on_parse(self) -> Iterator[None]:
        """Look the document up, or parse and keep it."""
        context = self.execution_context
        # A document that is nested hundreds of times exceeds the stack of the parser.
        with suppress(GraphQLError, RecursionError):
            context.graphql_document = self.cached_parse_document(context.query, **context.parse_options)
        yield


def bounded() -> SchemaExtension:
    """Return the limit of a document's size."""
    return MaxTokensLimiter(_MAX_TOKENS)


def parsed() -> SchemaExtension:
    """Return the cache of parsed documents, which all requests share."""
    return Parsed(_MAX_CACHED_DOCUMENTS)


def validated() -> SchemaExtension:
    """Return the cache of validation results, which all requests share."""
    return ValidationCache(_MAX_CACHED_DOCUMENTS)
