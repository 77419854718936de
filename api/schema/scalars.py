"""Scalars of the schema: prices as exact texts, integers beyond 32 bits, and times to the microsecond."""

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

Instant = NewType("Instant", int)
"""Unix microseconds."""


def parse_instant(value: object) -> int:
    """Read an ISO 8601 time with a zone.

    Raises:
        GraphQLError: anything else.
    """
    problem = f"DateTime takes a time with a zone, such as 2025-02-19T08:02:05.053Z, not {str(value)[:40]!r}"
    if not isinstance(value, str):
        raise GraphQLError(problem)
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise GraphQLError(problem) from None
    if at.tzinfo is None:
        raise GraphQLError(problem)
    return unix_us(at)


def _output_only(_: object) -> None:
    raise GraphQLError("this scalar is for results only")


SCALARS: dict[object, ScalarDefinition] = {
    Price: strawberry.scalar(
        name="Decimal",
        description="An exact decimal as text, with the digits that the page shows: `22258.75`. "
        "Never an exponent, never rounded.",
        serialize=str,
        parse_value=_output_only,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="An integer that may need more than 32 bits, as a JSON number. "
        "Stays below 2^53, so that JavaScript reads it exactly.",
        serialize=int,
        parse_value=_output_only,
    ),
    Instant: strawberry.scalar(
        name="DateTime",
        description="A time as ISO 8601. Given out in UTC with microseconds: `2025-02-19T08:02:05.053123Z`. "
        "Taken with any zone, but never without one.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=format_instant,
        parse_value=parse_instant,
    ),
}
