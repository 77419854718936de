"""GraphQL documents: parsed, checked and validated once, however many clients send them.

Before validation, whose time grows faster than a document, its structure is checked; after it, its cost with the
variables of the request.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from graphql import DocumentNode, GraphQLError, validate
from graphql.language import parse
from strawberry.extensions import MaxTokensLimiter, SchemaExtension

from tickql.api.limits.refusals import refusals
from tickql.api.limits.values import LIMITS
from tickql.api.schema.document_cost import DocumentCost
from tickql.api.schema.document_structure import structure_error

_MAX_CACHED_BYTES = 128 * 1024
"""Bytes of all documents that are kept. Parsed, a document takes up to 130 times the memory of its text."""

Validate = Callable[[DocumentNode], list[GraphQLError]]


class Document:
    """A parsed document and what is known of it, whatever the variables are."""

    def __init__(self, node: DocumentNode) -> None:
        self.node = node
        self.cost = DocumentCost(node)
        self._errors: list[GraphQLError] | None = None

    @property
    def is_checked(self) -> bool:
        """Whether `errors` need not be computed any more."""
        return self._errors is not None

    def errors(self, validate: Validate) -> list[GraphQLError]:
        """Return why the document is invalid; empty: it is valid."""
        if self._errors is None:
            refused = structure_error(self.node, self.cost, LIMITS)
            self._errors = validate(self.node) if refused is None else [refused]
        return self._errors


class DocumentCache:
    """The documents that were used last, by their text, bounded in bytes."""

    def __init__(
        self, max_bytes: int = _MAX_CACHED_BYTES, max_document_bytes: int = LIMITS.cached_document_bytes
    ) -> None:
        self.bytes = 0
        self._max_bytes = max_bytes
        self._max_document_bytes = max_document_bytes
        self._documents: OrderedDict[str, Document] = OrderedDict()

    def document(self, text: str, options: Mapping[str, Any]) -> Document:
        """Return a document, parsed now or before.

        Raises:
            GraphQLError: `text` is no document, or has too many tokens.
            RecursionError: it is nested too deep for the parser.
        """
        document = self._documents.get(text)
        if document is not None:
            self._documents.move_to_end(text)
            return document
        document = Document(parse(text, **options))
        size = len(text.encode(errors="replace"))
        if size <= self._max_document_bytes:
            self._documents[text] = document
            self.bytes += size
            while self.bytes > self._max_bytes:
                dropped, _ = self._documents.popitem(last=False)
                self.bytes -= len(dropped.encode(errors="replace"))
        return document


class Documents(SchemaExtension):
    """Parses and validates the document of one operation from the cache, and refuses what would cost too much."""

    _document: Document | None = None

    def __init__(self, cache: DocumentCache) -> None:
        self._cache = cache

    async def on_parse(self) -> AsyncIterator[None]:
        """Look the document up, or parse and keep it.

        Strawberry parses and answers a document that is no GraphQL: an error that is raised here would end a WebSocket
        operation without a message to the client.
        """
        context = self.execution_context
        try:
            self._document = self._cache.document(context.query or "", context.parse_options)
        except (GraphQLError, RecursionError):
            self._document = None
        else:
            context.graphql_document = self._document.node
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        """Look the errors of the document up, or validate it. Compute the cost of a valid one.

        Parsing, validation and execution of a new document have turns of the event loop: each may take milliseconds.
        """
        context = self.execution_context
        is_new = self._document is not None and not self._document.is_checked
        if is_new:
            await asyncio.sleep(0)
        if self._document is not None:
            errors = self._document.errors(
                lambda node: validate(context.schema._schema, node, context.validation_rules, LIMITS.errors)
            )
            if not errors:
                known = context.context.feed.known_symbol_count
                refused = self._document.cost.error(context.operation_name, context.variables or {}, known, LIMITS)
                errors = [] if refused is None else [refused]
            if errors and (limit := (errors[0].extensions or {}).get("limit")):
                refusals.refused(f"a document, because of its {limit}")
            context.pre_execution_errors = errors
        if is_new:
            await asyncio.sleep(0)
        yield


def bounded() -> SchemaExtension:
    """Return the limit of a document's size."""
    return MaxTokensLimiter(LIMITS.tokens)
