"""The scalars of the schema: prices as exact texts, integers of more than 32 bits, and times in microseconds."""

import re
from datetime import datetime
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from tickql.api.errors import ApiError
from tickql.api.fanout.event_json import format_instant
from tickql.feed.tick import unix_us

Price = NewType("Price", str)
"""An exact decimal text, `-?digits[.digits]`, with the digits that the page shows."""

BigInt = NewType("BigInt", int)
"""An integer below 2^53."""

Instant = NewType("Instant", int)
"""Unix microseconds."""


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)

_NO_MOMENT = (
    "DateTime needs a day of the calendar, a time from 00:00:00 to 23:59:59 (no leap second, no 24:00) and a time zone "
    "within 24 hours"
)


def parse_instant(value: object) -> int:
    """Convert a time as RFC 3339 writes it to Unix microseconds. Digits beyond microseconds are cut off.

    Raises:
        ApiError: any other value (`extensions.code` `BAD_USER_INPUT`).
    """
    problem = f"DateTime needs a time with a time zone, such as 2025-02-19T08:02:05.053Z, not {str(value)[:40]!r}"
    # `fromisoformat` also accepts a date, a week, and a time without a zone, which could mean two moments.
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ApiError(problem, code="BAD_USER_INPUT")
    try:
        # Later versions of Python read 24:00 as the midnight that ends the day.
        at = None if value[11:13] == "24" else datetime.fromisoformat(value.upper())
    except ValueError:
        at = None
    if at is None:
        raise ApiError(f"{_NO_MOMENT}, not {value[:40]!r}", code="BAD_USER_INPUT")
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
        description="A time as RFC 3339 writes it. In results: UTC with microseconds, `2025-02-19T08:02:05.053123Z`. "
        "In arguments: any time zone, which must be given.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=format_instant,
        parse_value=parse_instant,
    ),
}
