"""The GraphQL schema: types, queries and subscriptions. `schema.graphql` is written from it."""

from strawberry import Schema
from strawberry.schema.config import StrawberryConfig

from tickql.api.schema.documents import bounded, parsed, validated
from tickql.api.schema.error_masking import MaskedErrors, PriceSchema
from tickql.api.schema.query import Query
from tickql.api.schema.scalars import SCALARS
from tickql.api.schema.subscription import Subscription

schema: Schema = PriceSchema(
    query=Query,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=SCALARS),
    extensions=[MaskedErrors, bounded, parsed, validated],
)
