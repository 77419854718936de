"""The GraphQL schema: types, queries and subscriptions. `schema.graphql` is written from it."""

from strawberry import Schema
from strawberry.schema.config import StrawberryConfig

from api.masking import MaskedErrors, PriceSchema
from api.schema.documents import bounded, parsed, validated
from api.schema.query import Query
from api.schema.scalars import SCALARS
from api.schema.subscription import Subscription

schema: Schema = PriceSchema(
    query=Query,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=SCALARS),
    extensions=[MaskedErrors, bounded, parsed, validated],
)
