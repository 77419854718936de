"""From one page to the next at awkward moments: no page that was not needed is left."""

import asyncio
from typing import Any, NoReturn

import pytest

from producer.errors import PageCrashed
from producer.feedfile import FeedFile
from producer.relay import Relay
from producer.rig import Rig
from producer.source import Source
from tests.producer.recorder import Recorder

FEED = FeedFile.parse('[page]\nurl = "http://localhost/"\n[[symbol]]\nname = "ES"\nlast = "b"\n')


async def test_a_fresh_page_that_arrives_in_the_moment_in_which_the_old_one_dies_is_not_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    relay = Relay(Source(FEED, Recorder()), Rig(FEED.page))
    fresh = asyncio.create_task(asyncio.Event().wait())

    async def die() -> NoReturn:
        raise PageCrashed

    async def arrive(*_: object) -> tuple[Any, Any]:
        return None, fresh

    monkeypatch.setattr(relay, "_arrive", arrive)
    old = asyncio.create_task(die())
    assert await relay._replaced(old) is old
    assert isinstance(old.exception(), PageCrashed)
    assert fresh.cancelled()
