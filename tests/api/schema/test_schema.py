"""The schema: `schema.graphql`, its scalars, and enums that match those of the feed."""

from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path

import pytest
from graphql import build_schema
from hypothesis import given
from hypothesis import strategies as st

from tickql.api.errors import ApiError
from tickql.api.fanout.event_json import format_instant
from tickql.api.schema import feed_files, status, tick
from tickql.api.schema.scalars import parse_instant
from tickql.api.schema_export import schema_text
from tickql.feed.feed_files import PageState
from tickql.feed.health import FeedState
from tickql.feed.tick import Cursor, Event, GapReason, Tick, unix_us

ROOT = Path(__file__).parents[3]
_TICK_TYPES = ("Tick", "HistoryTick", "TickEdge")


def test_the_schema_file_is_up_to_date() -> None:
    written = (ROOT / "schema.graphql").read_text()
    assert written == schema_text(), "write it again: python -m tickql.api.schema_export > schema.graphql"


def test_the_schema_keeps_its_contract() -> None:
    fields = {
        f"{kind}.{name}": f"({', '.join(f'{each}: {arg.type}' for each, arg in field.args.items())}): {field.type}"
        for kind in ("Query", "Subscription")
        for name, field in build_schema(schema_text()).type_map[kind].fields.items()  # type: ignore[attr-defined]
    }
    assert fields == {
        "Query.lastPrice": "(symbol: String!): Tick",
        "Query.lastPrices": "(symbols: [String!]): [Tick!]!",
        "Query.symbols": "(): [String!]!",
        "Query.history": "(symbol: String!, first: Int, after: ID, last: Int, before: ID, from: DateTime, to: DateTime)"
        ": TickConnection!",
        "Query.feedStatus": "(): FeedStatus!",
        "Query.feedFiles": "(): [FeedFile!]!",
        "Query.pageView": "(feedFile: String!): PageView!",
        "Subscription.ticks": "(symbol: String!, after: ID, delivery: Delivery!, maxHz: Float): Tick!",
        "Subscription.board": "(symbols: [String!], maxHz: Float!): [Tick!]!",
        "Subscription.feedStatus": "(): FeedStatus!",
    }


def test_a_tick_of_history_has_a_type_of_its_own_so_that_caches_do_not_take_it_for_the_newest() -> None:
    types = build_schema(schema_text()).type_map
    fields = {name: {key: str(field.type) for key, field in types[name].fields.items()} for name in _TICK_TYPES}  # type: ignore[attr-defined]
    assert fields["TickEdge"]["node"] == "HistoryTick!"
    assert fields["HistoryTick"] | {"skipped": "Int!"} == fields["Tick"]


@pytest.mark.parametrize(
    ("shown", "own"), [(tick.GapReason, GapReason), (status.FeedState, FeedState), (feed_files.PageState, PageState)]
)
def test_the_enums_mirror_those_of_the_feed(shown: type[Enum], own: type[Enum]) -> None:
    assert [member.name for member in shown] == [member.name for member in own]


@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(0, 30), st.data())
def test_prices_keep_all_their_digits(seq: int, whole: int, places: int, data: st.DataObject) -> None:
    digits = data.draw(st.text("0123456789", min_size=whole, max_size=whole))
    cents = data.draw(st.text("0123456789", min_size=places, max_size=places))
    price = data.draw(st.sampled_from(["", "-"])) + digits + (f".{cents}" if cents else "")
    shown = tick.Tick.from_event(Event(Tick(Cursor("ES", 1, seq), price, None, price, 0, 0)))
    assert (shown.ask, shown.bid, shown.last, shown.seq) == (price, None, price, seq)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2262, 1, 1)), st.integers(-23, 23))
def test_a_time_as_text_is_exact_to_the_microsecond(naive: datetime, hours: int) -> None:
    at = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    text = format_instant(unix_us(at))
    assert text.endswith("Z")
    assert len(text) == len("2025-02-19T08:02:05.053123Z")
    assert datetime.fromisoformat(text) == at
    assert parse_instant(text) == unix_us(at)


def test_rfc_3339_allows_small_letters_and_more_digits_than_microseconds() -> None:
    assert parse_instant("2025-02-19t08:02:05.1234569z") == parse_instant("2025-02-19T08:02:05.123456+00:00")


def test_whole_seconds_are_shown_with_their_microseconds() -> None:
    assert format_instant(unix_us(datetime(2025, 2, 19, tzinfo=UTC))) == "2025-02-19T00:00:00.000000Z"


@pytest.mark.parametrize(
    "value",
    [
        *("2025-02-19T08:02:05", "2025-02-19", "soon", "", 5, None, True, "2025-02-19 08:02:05Z", "20250219T080205Z"),
        *("2025-W08-3T08:02:05Z", "2025-02-19T08:02Z", "٢٠٢٥-02-19T08:02:05Z"),
    ],
)
def test_what_is_no_time_of_rfc_3339_is_refused(value: object) -> None:
    with pytest.raises(ApiError, match=r"needs a (time with a time zone|day of the calendar)"):
        parse_instant(value)


def test_the_descriptions_that_are_part_of_the_contract_are_there() -> None:
    text = schema_text()
    for rule in (
        "Name of the tick, `<symbol>:<epoch>-<seq>`. Pass it as `after` to continue from here.",
        "The symbol's tick count, without gaps.",
        "How many ticks of this symbol were left out since the previous event of this subscription.",
        "Not null if ticks before this one could not be delivered.",
        "Exact where known.",
    ):
        assert rule in text
