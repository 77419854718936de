"""GraphQL documents: parsed, checked and validated once, however many clients send them.

Before validation, whose time grows faster than a document, its structure is checked; after it, its cost with the
variables of the request.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from graphql import ASTValidationRule, DocumentNode, GraphQLError, validate
from strawberry.extensions import MaxTokensLimiter, SchemaExtension

from tickql.api.limits.refusals import refusals
from tickql.api.limits.values import LIMITS
from tickql.api.schema.document_cost import DocumentCost
from tickql.api.schema.document_slices import PausingRule, parse_with_pauses
from tickql.api.schema.document_structure import structure_error
from tickql.feed.time_slices import TimeSlices

_MAX_CACHED_BYTES = 128 * 1024
"""Bytes of all documents that are kept. Parsed, a document takes up to 130 times the memory of its text."""

Result = TypeVar("Result")
Validate = Callable[[DocumentNode], list[GraphQLError]]


class Document:
    """A parsed document and what is known of it, whatever the variables are."""

    def __init__(self, node: DocumentNode) -> None:
        self.node = node
        self.cost = DocumentCost(node)
        self.known_errors: list[GraphQLError] | None = None
        """Why the document is invalid; empty: it is valid; `None`: that is not known yet."""

    def errors(self, validate: Validate) -> list[GraphQLError]:
        """Find out why the document is invalid, with pauses; empty: it is valid."""
        if self.known_errors is None:
            refused = structure_error(self.node, self.cost, LIMITS)
            self.known_errors = validate(self.node) if refused is None else [refused]
        return self.known_errors


class DocumentCache:
    """The documents that were used last, by their text, bounded in bytes."""

    def __init__(
        self, max_bytes: int = _MAX_CACHED_BYTES, max_document_bytes: int = LIMITS.cached_document_bytes
    ) -> None:
        self.bytes = 0
        self._max_bytes = max_bytes
        self._max_document_bytes = max_document_bytes
        self._documents: OrderedDict[str, Document] = OrderedDict()

    def find(self, text: str) -> Document | None:
        """Return a document that is kept; `None`: it is not."""
        document = self._documents.get(text)
        if document is not None:
            self._documents.move_to_end(text)
        return document

    def document(self, text: str, options: Mapping[str, Any]) -> Document:
        """Return a document that is kept, or parse it, with pauses, and keep it.

        Raises:
            GraphQLError: `text` is no document, or has too many tokens.
            RecursionError: it is nested too deep for the parser.
        """
        if (kept := self.find(text)) is not None:
            return kept
        document = Document(parse_with_pauses(text, options))
        size = len(text.encode(errors="replace"))
        # Another operation may have parsed the same document in the pauses.
        if size <= self._max_document_bytes and text not in self._documents:
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
        text = context.query or ""
        try:
            document = self._cache.find(text)
            if document is None:
                document = await self._in_slices(partial(self._cache.document, text, context.parse_options))
        except (GraphQLError, RecursionError):
            pass
        else:
            self._document = document
            context.graphql_document = document.node
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        """Look the errors of the document up, or validate it. Compute the cost of a valid one."""
        context = self.execution_context
        if self._document is not None:
            errors = self._document.known_errors
            if errors is None:
                rules: list[type[ASTValidationRule]] = [PausingRule, *context.validation_rules]
                check = partial(validate, context.schema._schema, rules=rules, max_errors=LIMITS.errors)
                errors = await self._in_slices(partial(self._document.errors, check))
            if not errors:
                known = context.context.feed.known_symbol_count
                refused = self._document.cost.error(context.operation_name, context.variables or {}, known, LIMITS)
                errors = [] if refused is None else [refused]
            if errors and (limit := (errors[0].extensions or {}).get("limit")):
                refusals.refused(f"a document, because of its {limit}")
            context.pre_execution_errors = errors
        yield

    async def _in_slices(self, compute: Callable[[], Result]) -> Result:
        slices: TimeSlices = self.execution_context.context.feed.slices
        return await slices.run(compute)


def bounded() -> SchemaExtension:
    """Return the limit of a document's size."""
    return MaxTokensLimiter(LIMITS.tokens)
