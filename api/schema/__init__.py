"""The GraphQL schema: types, arguments, queries and subscriptions. `schema.graphql` is generated from it.

This package holds what a client sees in GraphQL terms. It does not know how results are transported. It may import
`tickql.api.context`, `cache` and `fanout`, and `tickql.feed`.
"""

from strawberry import Schema
from strawberry.extensions import DisableIntrospection
from strawberry.schema.config import StrawberryConfig

from tickql.api.schema.documents import DocumentCache, Documents, bounded
from tickql.api.schema.error_masking import DiscreetSchema, MaskedErrors, PriceSchema, ValidationCodes
from tickql.api.schema.executor import PriceExecutor
from tickql.api.schema.operation_name import NamedOperation
from tickql.api.schema.query import Query
from tickql.api.schema.scalars import SCALARS
from tickql.api.schema.subscription import Subscription

__all__ = ["arguments", "build_schema", "encoded_value", "schema", "status"]


def build_schema(*, is_production: bool = False) -> Schema:
    """Return a schema. In production it tells nothing of itself: no introspection, no names in error messages."""
    # Whether a document is valid depends on the schema.
    documents = DocumentCache()
    return (DiscreetSchema if is_production else PriceSchema)(
        query=Query,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=SCALARS),
        execution_context_class=PriceExecutor,
        # Strawberry enters extensions in this order and leaves them in reverse: errors of all others are masked.
        extensions=[
            MaskedErrors,
            bounded,
            # Before `Documents`, which validates with its rule.
            *([DisableIntrospection] if is_production else []),
            lambda: Documents(documents),
            NamedOperation,
            ValidationCodes,
        ],
    )


schema = build_schema()
