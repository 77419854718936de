"""The GraphQL schema: types, arguments, queries and subscriptions. `schema.graphql` is generated from it.

This package holds what a client sees in GraphQL terms. It does not know how results are transported. It may import
`tickql.api.context`, `cache` and `fanout`, and `tickql.feed`.
"""

from strawberry import Schema
from strawberry.schema.config import StrawberryConfig

from tickql.api.schema.documents import Documents, bounded
from tickql.api.schema.error_masking import MaskedErrors, PriceSchema, ValidationCodes
from tickql.api.schema.executor import PriceExecutor
from tickql.api.schema.operation_name import NamedOperation
from tickql.api.schema.query import Query
from tickql.api.schema.scalars import SCALARS
from tickql.api.schema.subscription import Subscription

__all__ = ["arguments", "encoded_value", "schema", "status"]

schema: Schema = PriceSchema(
    query=Query,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=SCALARS),
    execution_context_class=PriceExecutor,
    # Strawberry enters extensions in this order and leaves them in reverse: errors of all others are masked.
    extensions=[MaskedErrors, bounded, Documents, NamedOperation, ValidationCodes],
)
