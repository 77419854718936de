"""Which operation of a document is executed."""

from collections.abc import Iterator

from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension

_NAME_NEEDED = "the document has several operations: `operationName` must name one of them"


class NamedOperation(SchemaExtension):
    """Refuses a document of several operations without a name. Strawberry alone would execute the first one.

    Rule: GetOperation, https://spec.graphql.org/October2021/#GetOperation().
    """

    def on_validate(self) -> Iterator[None]:
        """Add the error to those that validation has found, before Strawberry looks at them."""
        context = self.execution_context
        # Strawberry's public `operation_name` is the first operation's where the client gives none.
        if context._provided_operation_name is None and not context.pre_execution_errors:
            definitions = context.graphql_document.definitions if context.graphql_document else ()
            if sum(isinstance(each, OperationDefinitionNode) for each in definitions) > 1:
                context.pre_execution_errors = [GraphQLError(_NAME_NEEDED, extensions={"code": "BAD_REQUEST"})]
        yield
