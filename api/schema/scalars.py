"""The scalars of the schema: prices as exact texts, integers of more than 32 bits, and times in microseconds."""

from datetime import datetime
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from tickql.api.fanout.event_json import format_instant
from tickql.feed.tick import unix_us

Price = NewType("Price", str)
"""An exact decimal text, `-?digits[.digits]`, with the digits that the page shows."""

BigInt = NewType("BigInt", int)
"""An integer below 2^53."""

Instant = NewType("Instant", int)
"""Unix microseconds."""


def parse_instant(value: object) -> int:
    """Convert an ISO 8601 time with a time zone to Unix microseconds.

    Raises:
        GraphQLError: any other value.
    """
    problem = f"DateTime needs a time with a time zone, such as 2025-02-19T08:02:05.053Z, not {str(value)[:40]!r}"
    if not isinstance(value, str):
        raise GraphQLError(problem)
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise GraphQLError(problem) from None
    # `fromisoformat` also accepts a date, and a time without a zone, which could mean two moments.
    if at.tzinfo is None:
        raise GraphQLError(problem)
    return unix_us(at)


# These scalars are no argument of any field. GraphQL requires a parser all the same.
def _output_only(_: object) -> None:
    raise GraphQLError("this scalar is used in results only")


SCALARS: dict[object, ScalarDefinition] = {
    Price: strawberry.scalar(
        name="Decimal",
        description="An exact decimal as text, with the digits that the page shows: `22258.75`. "
        "It has no exponent and is not rounded.",
        serialize=str,
        parse_value=_output_only,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="An integer that may need more than 32 bits, as a JSON number. "
        "It stays below 2^53, so that JavaScript reads it exactly.",
        serialize=int,
        parse_value=_output_only,
    ),
    Instant: strawberry.scalar(
        name="DateTime",
        description="A time as ISO 8601. In results: UTC with microseconds, `2025-02-19T08:02:05.053123Z`. "
        "In arguments: any time zone, which must be given.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=format_instant,
        parse_value=parse_instant,
    ),
}
