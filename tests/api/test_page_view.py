"""A broken selector is found by looking: a real producer, a real page, and what an operator gets over GraphQL."""

import asyncio
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.api.access.conftest import bearer
from tests.api.conftest import RunApi, RunningApi
from tests.support.site import Site
from tests.support.waiting import DEADLINE_S, until
from tickql.api.access.grant import Role
from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.access.token_file import TokenFile
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState
from tickql.producer.service import produce

BOARD = """<!doctype html><title>board</title><style>body { margin: 40px; } #ask { background: #00a000; }</style>
ES <b id=ask>1.25</b> <b id=last>2</b>"""
RULES = '[[symbol]]\nname = "ES"\nask = "#ask"\nbid = ".bid"\nlast = "#last"\n'
FEED_FILES = "{ feedFiles { name state reason symbols { symbol state reason } events { symbol state reason } } }"
VIEW = """{ pageView(feedFile: "board") { problem page leftOut picture { url width height covered }
  fields { symbol field selector box { x y width height } text price state reason } } }"""


async def ask(api: RunningApi, query: str, token: str | None = None) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
        headers = {} if token is None else bearer(token)
        answer: dict[str, Any] = (
            await client.post(f"{api.url}/graphql", json={"query": query}, headers=headers)
        ).json()
        return answer


async def get(api: RunningApi, path: str, token: str | None = None) -> httpx.Response:
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
        return await client.get(f"{api.url}/{path}", headers={} if token is None else bearer(token))


async def test_an_operator_finds_a_broken_selector_by_looking_and_nobody_else_sees_the_page(
    run_api: RunApi, feed_settings: FeedSettings, tmp_path: Path
) -> None:
    tokens = TokenFile(tmp_path / "tokens.json")
    operator, _ = tokens.issue("operator", SymbolPatterns.parse("*"), Role.OPERATOR, None)
    others = [
        tokens.issue("reader", SymbolPatterns.parse("*"), Role.READER, None)[0],
        # The page shows symbols that this operator may not see.
        tokens.issue("some", SymbolPatterns.parse("NQ"), Role.OPERATOR, None)[0],
    ]
    api = await run_api(feed_settings, token_file=tokens.path)
    async with Site() as site:
        feed_file = tmp_path / "board.toml"
        feed_file.write_text(f'[page]\nurl = "{site.put("/", BOARD)}"\n{RULES}')
        producing = asyncio.create_task(produce([feed_file], feed_settings))
        try:

            async def is_missing() -> bool:
                files = (await ask(api, FEED_FILES, operator))["data"]["feedFiles"]
                return any(each["state"] == "MISSING" for each in files)

            await until(is_missing)
            view = (await ask(api, VIEW, operator))["data"]["pageView"]
            picture = await get(api, view["picture"]["url"], operator)
            (board,) = (await ask(api, FEED_FILES, operator))["data"]["feedFiles"]
            refused = [(await ask(api, query, token)) for query in (VIEW, FEED_FILES) for token in others]
            statuses = [(await get(api, view["picture"]["url"], token)).status_code for token in (None, *others)]
        finally:
            producing.cancel()
            await asyncio.gather(producing, return_exceptions=True)
    fields = {field["field"]: field for field in view["fields"]}
    assert view["problem"] is None
    assert (fields["bid"]["box"], fields["bid"]["state"]) == (None, "MISSING")
    assert fields["bid"]["reason"] == 'bid: ".bid" matches nothing'
    assert (fields["ask"]["text"], fields["ask"]["price"], fields["ask"]["state"]) == ("1.25", "1.25", "LIVE")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["cache-control"] == "no-store"
    with Image.open(BytesIO(picture.content)) as image:
        box = fields["ask"]["box"]
        scale = image.width / view["picture"]["width"]
        at = (round((box["x"] + 1) * scale), round((box["y"] + 2) * scale))
        red, green, _ = image.convert("RGB").getpixel(at)  # type: ignore[misc]
    assert green > red + 60, "the box is where the element is in the picture"
    assert board["symbols"] == [{"symbol": "ES", "state": "MISSING", "reason": 'bid: ".bid" matches nothing'}]
    assert [event["state"] for event in board["events"] if event["symbol"] is None][-1] == "MISSING"
    assert [event["reason"] for event in board["events"] if event["symbol"] == "ES"] == ['bid: ".bid" matches nothing']
    assert {answer["errors"][0]["extensions"]["code"] for answer in refused} == {"FORBIDDEN"}
    assert statuses == [401, 403, 403]


async def test_without_a_token_pages_are_seen_on_this_machine_only(
    run_api: RunApi, feed_settings: FeedSettings
) -> None:
    here = await run_api(feed_settings)
    assert (await ask(here, FEED_FILES))["data"] == {"feedFiles": []}
    assert (await ask(here, VIEW))["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    for path, status in (("picture", 400), ("picture?feedFile=board&view=1", 404)):
        assert (await get(here, path)).status_code == status
    everywhere = await run_api(feed_settings, host="0.0.0.0", insecure=True)
    for query in (FEED_FILES, VIEW):
        assert (await ask(everywhere, query))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await get(everywhere, "picture?feedFile=board&view=1")).status_code == 403


@pytest.mark.long
async def test_a_producer_that_is_gone_is_silent_and_shows_nothing(
    run_api: RunApi, feed_settings: FeedSettings
) -> None:
    async with Publisher(feed_settings, "board") as publisher:
        publisher.report(ProducerReport(source="board", state=ProducerState.LIVE, since_us=1, heard_us=1))
    api = await run_api(feed_settings)

    async def is_silent() -> bool:
        files = (await ask(api, FEED_FILES))["data"]["feedFiles"]
        return [each["state"] for each in files] == ["SILENT"]

    await until(is_silent)
    view = (await ask(api, VIEW))["data"]["pageView"]
    assert view["picture"] is None
    assert view["problem"].startswith("no producer of board answers")
