"""What operators see is compiled: the answer is the one that graphql-core gives when it executes the same document."""

import asyncio
import json
import time
from typing import Any
from unittest.mock import patch

from tests.support.waiting import DEADLINE_S, PATIENT, until
from tickql.api.access.grant import UNRESTRICTED
from tickql.api.context import Context
from tickql.api.fanout.compiled_selection import Uncompilable
from tickql.api.permitted_feed import PermittedFeed
from tickql.api.schema import encoded_value, schema
from tickql.api.schema.encoded_value import encode_json
from tickql.feed.follower import Follower
from tickql.feed.page_view import Box, FieldView, PageView, Seen
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport
from tickql.feed.view_desk import ViewDesk

DOCUMENT = """{
  feedFiles { __typename name state reason since reportedAt
    symbols { __typename symbol state reason since lastTickAt } events { at symbol others state reason } }
  pageView(feedFile: "my board") { problem takenAt page leftOut picture { url width height covered }
    fields { symbol field selector box { x y width height } text price observedAt state reason } }
  none: pageView(feedFile: "gone") { problem takenAt page picture { url } fields { symbol } leftOut }
}"""
ODD = 'ask: "#a" shows \'½ "quoted" \\\''
FIELDS = (
    FieldView(symbol="ES", field="ask", selector='[a="1"]', box=Box(x=0.5, y=1, width=20.25, height=1e-7), text=ODD,
              price="1.50", observed_us=1, state=ProducerState.LIVE),
    FieldView(symbol="ES", field="bid", selector="b", state=ProducerState.MISSING, reason=ODD),
)  # fmt: skip


async def _look() -> Seen:
    view = PageView(id="a/b", taken_us=2, page="'½' at http://x", width=10, height=20, fields=FIELDS, left_out=3)
    return Seen(view, b"jpeg")


async def test_what_operators_see_is_what_graphql_core_makes_of_it(feed_settings: FeedSettings) -> None:
    now_us = time.time_ns() // 1000
    symbols = {
        "ES": SymbolReport(state=ProducerState.MISSING, reason=ODD, since_us=now_us),
        "NQ": SymbolReport(state=ProducerState.LIVE, since_us=now_us, last_tick_us=now_us),
    }
    desk = asyncio.create_task(ViewDesk(feed_settings, "my board", _look, PATIENT).run())
    async with (
        Publisher(feed_settings, "my board") as publisher,
        Follower(feed_settings, timings=PATIENT) as follower,
    ):
        for source, listed in (("my board", symbols), ("gone", {})):
            publisher.report(
                ProducerReport(
                    source=source,
                    state=ProducerState.STOPPED,
                    reason=ODD,
                    since_us=now_us,
                    heard_us=now_us,
                    symbols=listed,
                )
            )

        async def answer() -> Any:
            context = Context(PermittedFeed(follower, UNRESTRICTED))
            result = await schema.execute(DOCUMENT, context_value=context)
            return json.loads(encode_json(result.data)), [error.message for error in result.errors or ()]

        async def is_seen() -> bool:
            data, errors = await answer()
            return not errors and len(data["feedFiles"]) == 2 and data["pageView"]["picture"] is not None

        async with asyncio.timeout(DEADLINE_S):
            await until(is_seen)
        compiled, _ = await answer()
        with patch.object(encoded_value, "compile_selection", side_effect=Uncompilable):
            executed, _ = await answer()
    desk.cancel()
    await asyncio.gather(desk, return_exceptions=True)
    for data in (compiled, executed):
        for file in data["feedFiles"]:
            # Each second there is another report.
            file.pop("reportedAt")
    assert compiled == executed
    assert compiled["pageView"]["picture"]["url"] == "picture?feedFile=my+board&view=a%2Fb"
    assert [field["reason"] for field in compiled["pageView"]["fields"]] == [None, ODD]
