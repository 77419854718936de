"""Which errors clients may read.

Errors of this package and of GraphQL itself are sent as they are. Every other error becomes `internal error`; its text
goes to the log only, because it may contain addresses or parts of the code.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError, ValueNode, VariableDefinitionNode, VariableNode
from strawberry import Schema
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import MaskErrors, SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from tickql.api.errors import ApiError, Busy, FeedAway
from tickql.api.limits.refusals import refusals
from tickql.feed.errors import FeedBusy, FeedUnavailable

logger = logging.getLogger("tickql.api")

_SUGGESTION = re.compile(r" Did you mean [^?]*\?", re.DOTALL)

_NO_OPERATION = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)
"""Strawberry's errors about a request that names no operation that can be executed."""
_FOR_CLIENTS = (ApiError, *_NO_OPERATION)


def is_for_clients(error: GraphQLError) -> bool:
    """Whether a client may read the error as it is: an error of this package, or GraphQL's own about the document."""
    cause = _cause(error)
    return cause is None or isinstance(cause, _FOR_CLIENTS)


def _cause(error: GraphQLError) -> BaseException | None:
    """Return the exception that a resolver or an extension raised. `None`: GraphQL itself refuses the operation."""
    # Strawberry and graphql-core each may wrap an error.
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _forget_frames(error: BaseException | None) -> None:
    """Free what the frames of an error hold: they refer to the operation, and the operation to its errors.

    Otherwise the pages and answers of refused operations stay in memory until a collection of old garbage.
    """
    while error is not None:
        error.__traceback__ = None
        original = error.original_error if isinstance(error, GraphQLError) else None
        error = original or error.__cause__ or error.__context__


class MaskedErrors(MaskErrors):
    """Replaces errors that clients may not read, in every result on every transport."""

    def __init__(self, **_: Any) -> None:
        # Strawberry passes an execution context, which this extension does not use.
        super().__init__(should_mask_error=lambda error: not is_for_clients(error))

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        """Return an error with the same place in the document and a text for clients."""
        told = _told(_cause(error))
        return GraphQLError(
            "internal error" if told is None else str(told),
            nodes=error.nodes,
            source=error.source,
            positions=error.positions,
            path=error.path,
            extensions={"code": "INTERNAL_SERVER_ERROR"} if told is None else told.extensions,
        )


def _told(cause: BaseException | None) -> ApiError | None:
    """Return what a client reads of a failure of the feed; `None`: the failure is of another kind."""
    if isinstance(cause, FeedBusy):
        return Busy()
    return FeedAway() if isinstance(cause, FeedUnavailable) else None


def is_bad_value(error: GraphQLError) -> bool:
    """Whether GraphQL itself refuses a value in the document or its variables, such as a string for a number."""
    # A variable in the wrong place is an error of the document, found by validation: its value is not to blame.
    node = error.nodes[0] if error.nodes else None
    return isinstance(node, VariableDefinitionNode | ValueNode) and not isinstance(node, VariableNode)


class ValidationCodes(SchemaExtension):
    """Gives errors of validation a code. A value of a wrong type gets the code of an invalid argument instead."""

    def on_validate(self) -> Iterator[None]:
        """Mark the errors after validation, before they are processed."""
        yield
        for error in self.execution_context.pre_execution_errors or ():
            # A declaration of a variable is refused here, not the value that a client gives it.
            is_declaration = any(isinstance(node, VariableDefinitionNode) for node in error.nodes or ())
            if not error.extensions and (is_declaration or not is_bad_value(error)):
                error.extensions = {"code": "GRAPHQL_VALIDATION_FAILED"}


class PriceSchema(Schema):
    """A schema that gives every invalid argument the code `BAD_USER_INPUT`, and logs only failures of the server."""

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Execute a query. Strawberry refuses a subscription: it needs a transport that streams."""
        allowed = set(allowed_operation_types or OperationType) - {OperationType.SUBSCRIPTION}
        return await super().execute(
            query, variable_values, context_value, root_value, operation_name, allowed, operation_extensions
        )

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log the errors of an operation. Strawberry calls this before errors are masked."""
        for error in errors:
            cause = _cause(error)
            # Without a code, a client would have to read the text to know that an argument is wrong.
            if isinstance(error, GraphQLSyntaxError):
                error.extensions = {"code": "GRAPHQL_PARSE_FAILED"}
            elif cause is None and not error.extensions and is_bad_value(error):
                error.extensions = {"code": "BAD_USER_INPUT"}
            elif isinstance(cause, FeedBusy):
                refusals.refused("a query, because too many of its client wait for redis")
            elif isinstance(cause, _NO_OPERATION):
                error.extensions = {"code": "BAD_REQUEST"}
            elif isinstance(cause, FeedUnavailable):
                logger.warning("a query cannot be answered: %s", cause)
            elif not is_for_clients(error):
                logger.error("a resolver failed: %s", error, exc_info=cause)
            _forget_frames(error)


class DiscreetSchema(PriceSchema):
    """A schema whose error messages have no names of fields and values but the client's own."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Leave out of the messages what graphql-core suggests in place of a name that it does not know."""
        super().process_errors(errors, execution_context)
        for error in errors:
            error.message = _SUGGESTION.sub("", error.message)
