"""From one page to the next at awkward moments: no page that was not needed is left."""

import asyncio
from typing import Any, NoReturn

import pytest

from tests.support.recorder import Recorder
from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.errors import PageCrashed
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.watch.feed_source import FeedSource
from tickql.producer.watch.page_recycler import PageRecycler

FEED = FeedFile.parse('[page]\nurl = "http://localhost/"\n[[symbol]]\nname = "ES"\nlast = "b"\n')


async def test_a_fresh_page_that_arrives_in_the_moment_in_which_the_old_one_dies_is_not_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recycler = PageRecycler(FeedSource(FEED, Recorder()), SharedBrowser(FEED.page))
    fresh = asyncio.create_task(asyncio.Event().wait())

    async def die() -> NoReturn:
        raise PageCrashed

    async def arrive(*_: object) -> tuple[Any, Any]:
        return None, fresh

    monkeypatch.setattr(recycler, "_arrive", arrive)
    old = asyncio.create_task(die())
    assert await recycler._replaced(old) is old
    assert isinstance(old.exception(), PageCrashed)
    assert fresh.cancelled()
