"""Proves streams on another visit to the page: the producer's own readers must pick the prices again."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

from playwright.async_api import Page

from producer.errors import UnparsedPrice
from producer.feedfile import FeedFile
from producer.messages import Reading
from producer.rules import FIELD_NAMES
from producer.source import now_us
from producer.streams.ear import Ear
from producer.streams.rule import StreamRule
from producer.streams.streams import Streams


async def unheard(page: Page, go: Callable[[], Awaitable[None]], feed: FeedFile, seconds: float) -> set[int]:
    """The rules of a feed file, by index, of which not every price comes in time. `go` loads the page.

    Raises:
        whatever `go` does.
    """
    missing = {(index, name) for index, rule in enumerate(feed.rules) for name in rule.fields if _is_stream(rule)}
    streams, arrived = Streams(feed), asyncio.Event()
    ear = Ear(page, await page.context.new_cdp_session(page), streams, arrived)
    await ear.open()
    try:
        await go()
        deadline = time.monotonic() + seconds
        while missing and time.monotonic() < deadline:
            try:
                async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                    await arrived.wait()
            except TimeoutError:
                break
            arrived.clear()
            for item in ear.take():
                for reading in streams.take(item, now_us()):
                    missing -= set(_prices(feed, reading))
            await asyncio.sleep(0)
    finally:
        ear.close()
    return {index for index, _ in missing}


def _is_stream(rule: object) -> bool:
    return isinstance(rule, StreamRule)


def _prices(feed: FeedFile, reading: Reading) -> Iterator[tuple[int, str]]:
    """The rule and the names of those texts that are prices."""
    rule = feed.rules[reading.rule]
    for name, text in zip(FIELD_NAMES, reading.texts, strict=True):
        try:
            if text is not None and rule.price_format(name).parse(text) is not None:
                yield reading.rule, name
        except UnparsedPrice:
            continue
