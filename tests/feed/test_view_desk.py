"""Views of a page through a real Redis: asked for, made, stored for a minute, and refused."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.background import in_background
from tests.support.market import publish
from tests.support.reading import client
from tests.support.redis_users import UsersServer
from tests.support.waiting import PATIENT, until
from tickql.feed.history import History
from tickql.feed.page_view import VIEW_MS, NotSeen, PageView, Seen
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState
from tickql.feed.view_desk import ViewDesk


class Camera:
    """Makes views that are numbered."""

    def __init__(self) -> None:
        self.taken = 0
        self.refusal: str | None = None

    async def look(self) -> Seen:
        self.taken += 1
        if self.refusal is not None:
            raise NotSeen(self.refusal)
        view = PageView(id=str(self.taken), taken_us=self.taken, page="board", width=1, height=1)
        return Seen(view, b"picture %d" % self.taken)


@asynccontextmanager
async def desk(settings: FeedSettings, camera: Camera, source: str = "board") -> AsyncIterator[None]:
    async with in_background(ViewDesk(settings, source, camera.look, PATIENT).run()):
        yield


async def seen(history: History, source: str = "board") -> PageView:
    """Ask until the desk has subscribed."""
    found: list[PageView] = []

    async def is_answered() -> bool:
        try:
            found.append(await history.views.view(source))
        except NotSeen as reason:
            if "no producer" not in str(reason):
                raise
        return bool(found)

    await until(is_answered)
    return found[0]


async def test_a_view_is_made_on_demand_and_kept_for_a_minute(feed_settings: FeedSettings) -> None:
    camera = Camera()
    async with desk(feed_settings, camera), History(feed_settings, PATIENT) as history:
        first = await seen(history)
        # All that ask at the same time, and within two seconds, get the same view.
        again = await asyncio.gather(*(history.views.view("board") for _ in range(5)))
        assert {view.id for view in again} == {first.id} == {"1"}
        assert camera.taken == 1
        assert await history.views.picture("board", "1") == b"picture 1"
        assert await history.views.picture("board", "2") is None
        async with client(feed_settings) as redis:
            assert 0 < await redis.pttl(feed_settings.keys.view("board")) <= VIEW_MS


async def test_who_asks_hears_why_there_is_no_view(feed_settings: FeedSettings) -> None:
    camera = Camera()
    camera.refusal = "the page is being opened"
    async with History(feed_settings, PATIENT) as history:
        with pytest.raises(NotSeen, match="no producer of board answers"):
            await history.views.view("board")
        async with desk(feed_settings, camera):
            with pytest.raises(NotSeen, match="the page is being opened"):
                await seen(history)


async def test_each_part_may_do_its_part_and_an_api_that_may_not_ask_says_what_to_add(
    users: UsersServer, admin: Any
) -> None:
    async with desk(users.feed("producer"), Camera()), History(users.feed("api"), PATIENT) as history:
        assert (await seen(history)).id == "1"
        assert await history.views.picture("board", "1") == b"picture 1"
        await admin.execute_command("ACL", "SETUSER", "api", "clearselectors")
        with pytest.raises(NotSeen, match=r"ACL SETUSER <user> \(\+publish &market_data:view-request:\*\)"):
            await history.views.view("board")


async def test_a_producer_that_may_show_and_keep_nothing_says_so_and_publishes(
    users: UsersServer, admin: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    # As docs say of a producer that is limited to some symbols.
    keys = ("{ES}:*", "fence", "lease:*", "symbols", "status")
    await admin.execute_command(
        "ACL", "SETUSER", "producer", "resetkeys", *(f"~market_data:{key}" for key in keys), "clearselectors"
    )
    async with desk(users.feed("producer"), Camera()), Publisher(users.feed("producer"), "board") as publisher:
        publisher.report(ProducerReport(source="board", state=ProducerState.LIVE, since_us=1, heard_us=1))
        publish(publisher, 1, 2)
        await publisher.flush()

        async def is_logged() -> bool:
            return any("operators cannot see the page of board" in line for line in caplog.messages)

        await until(is_logged)
    assert await admin.xlen("market_data:{ES}:ticks") == 2
    assert await admin.exists("market_data:faults") == 0
    lines = [line for line in caplog.messages if "ACL SETUSER" in line]
    assert sorted(("are not kept" in line, "+hset" in line, "+subscribe" in line) for line in lines) == [
        (False, True, True), (True, True, False),
    ]  # fmt: skip


async def test_faults_of_the_last_hour_outlive_their_producer(feed_settings: FeedSettings) -> None:
    for state in (ProducerState.LIVE, ProducerState.STALE):
        async with Publisher(feed_settings, "board") as publisher:
            now_us = time.time_ns() // 1000
            publisher.report(ProducerReport(source="board", state=state, since_us=now_us, heard_us=now_us))
    async with History(feed_settings, PATIENT) as history, client(feed_settings) as redis:
        await redis.hset(feed_settings.keys.faults, "damaged", "{")
        faults = await history.faults()
    assert faults["damaged"] == []
    events = faults["board"]
    assert [event.state for event in events] == [ProducerState.LIVE, ProducerState.STALE]
