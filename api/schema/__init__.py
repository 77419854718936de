"""The GraphQL schema: types, queries and subscriptions. `schema.graphql` is written from it."""

from strawberry import Schema
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from api.masking import MaskedErrors, PriceSchema
from api.schema.query import Query
from api.schema.scalars import SCALARS
from api.schema.subscription import Subscription

_DOCUMENTS = 256
"""Different documents whose parsed form is kept, the least used ones going first."""

schema: Schema = PriceSchema(
    query=Query,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=SCALARS),
    # A document is parsed and validated once, however many clients send it.
    extensions=[MaskedErrors, lambda: ParserCache(_DOCUMENTS), lambda: ValidationCache(_DOCUMENTS)],
)
