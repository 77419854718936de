"""The replacement of a page when the old page fails at the same moment: no page is left open."""

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


async def test_a_new_page_that_is_ready_in_the_moment_in_which_the_old_one_fails_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recycler = PageRecycler(FeedSource(FEED, Recorder()), SharedBrowser(FEED.page))
    fresh = asyncio.create_task(asyncio.Event().wait())

    async def fail() -> NoReturn:
        raise PageCrashed

    async def open_new_page(*_: object) -> tuple[Any, Any]:
        return None, fresh

    monkeypatch.setattr(recycler, "_open_new_page", open_new_page)
    old = asyncio.create_task(fail())
    assert await recycler._replace(old) is old
    assert isinstance(old.exception(), PageCrashed)
    assert fresh.cancelled()
