"""`history` is compiled: any document gives what graphql-core gives when it executes the same document itself."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.market import fill
from tests.support.reading import client, new_epoch
from tests.support.selections import selections
from tests.support.waiting import DEADLINE_S
from tickql.api.access.grant import UNRESTRICTED
from tickql.api.context import Context
from tickql.api.fanout.compiled_selection import Uncompilable
from tickql.api.permitted_feed import PermittedFeed
from tickql.api.schema import encoded_value, schema
from tickql.api.schema.encoded_value import encode_json
from tickql.feed.follower import Follower
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Cursor
from tickql.feed.timings import Timings

_counts = st.sampled_from(["null", "0", "1", "3", "100", "$three"])
_cursors = st.sampled_from(["null", '"?"', '"ES:1-1"', *(f"$c{seq}" for seq in (0, 3, 5, 6, 9, 10, 99))])
_times = st.sampled_from(["null", '"2025-02-19T08:02:09Z"', '"2025-02-19T08:02:12.5Z"', '"never"', "$time"])
_arguments = {"first": _counts, "last": _counts, "after": _cursors, "before": _cursors, "from": _times, "to": _times}
_DECLARED = "$yes: Boolean!, $no: Boolean = false, $three: Int, $time: DateTime"


@st.composite
def _documents(draw: st.DrawFn) -> str:
    """A query of one or two pages. `$c<seq>`: the cursor of that tick, in the epoch in which it is."""
    fields = []
    for number in range(draw(st.integers(1, 2))):
        names = draw(st.lists(st.sampled_from(list(_arguments)), max_size=3, unique=True))
        arguments = [f"{name}: {draw(_arguments[name])}" for name in names]
        alias = draw(st.sampled_from(["", "page: "])) if number == 0 else "other: "
        selection = draw(selections("TickConnection"))
        listed = ", ".join(['symbol: "ES"', *arguments])
        fields.append(f"{alias}history({listed}) {selection}")
    body = " ".join(fields)
    cursors = [f"$c{seq}: ID" for seq in (0, 3, 5, 6, 9, 10, 99) if re.search(rf"\$c{seq}\b", body)]
    declared = [each for each in _DECLARED.split(", ") if each.partition(":")[0] in body] + cursors
    fragments = (
        "fragment Prices on HistoryTick { ask bid spread ...Place } "
        "fragment Place on HistoryTick { cursor seq gap { lost } }"
    )
    document = f"query {'(' + ', '.join(declared) + ')' if declared else ''} {{ {body} }}"
    return f"{document} {fragments}" if "...Prices" in body or "...Place" in body else document


@contextmanager
def _uncompiled() -> Iterator[None]:
    with patch.object(encoded_value, "compile_selection", side_effect=Uncompilable):
        yield


@pytest.fixture
async def ends(feed_settings: FeedSettings) -> tuple[Cursor, Cursor]:
    """A symbol with the ticks 1 to 5 and 6 to 10 of two epochs, of which the first two are trimmed; the last ones."""
    old = await fill(feed_settings, *range(1, 6))
    await new_epoch(feed_settings)
    new = await fill(feed_settings, *range(6, 11))
    async with client(feed_settings) as redis:
        await redis.xtrim(feed_settings.keys.ticks("ES"), maxlen=8, approximate=False)
    return old, new


async def _answers(document: str, ends: tuple[Cursor, Cursor], settings: FeedSettings) -> tuple[object, object]:
    """Return the compiled answer, and that of graphql-core."""
    old, new = ends
    variables: dict[str, object] = {"yes": True, "three": 3, "time": "2025-02-19T08:02:11Z"}
    variables |= {f"c{seq}": str((old if seq <= old.seq else new)._replace(seq=seq)) for seq in (0, 3, 5, 6, 9, 10, 99)}
    async with Follower(settings, timings=Timings(redis_call_s=DEADLINE_S)) as follower:
        context = Context(PermittedFeed(follower, UNRESTRICTED))

        async def answer() -> object:
            result = await schema.execute(document, variables, context_value=context)
            errors = [error.formatted for error in result.errors or ()]
            return json.loads(encode_json(result.data)), errors

        compiled = await answer()
        with _uncompiled():
            return compiled, await answer()


def _check(document: str, ends: tuple[Cursor, Cursor], settings: FeedSettings) -> None:
    compiled, executed = asyncio.run(_answers(document, ends, settings))
    assert compiled == executed


@settings(deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_documents())
def test_any_page_is_what_graphql_core_makes_of_it(
    ends: tuple[Cursor, Cursor], feed_settings: FeedSettings, document: str
) -> None:
    _check(document, ends, feed_settings)


@pytest.mark.long
@settings(
    deadline=None, derandomize=True, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_documents())
def test_any_of_many_pages_is_what_graphql_core_makes_of_it(
    ends: tuple[Cursor, Cursor], feed_settings: FeedSettings, document: str
) -> None:
    _check(document, ends, feed_settings)
