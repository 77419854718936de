"""The proof of discovered streams: on a new visit, the producer's own readers must find their prices again."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

from playwright.async_api import Page

from tickql.producer.capture.messages import Reading
from tickql.producer.clock import now_us
from tickql.producer.errors import UnparsedPrice
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.price_fields import FIELD_NAMES
from tickql.producer.feedfile.stream_rules import StreamRule
from tickql.producer.streams.listener import StreamListener
from tickql.producer.streams.stream_set import StreamSet


async def unproved_streams(page: Page, load: Callable[[], Awaitable[None]], feed: FeedFile, seconds: float) -> set[int]:
    """Return the indices of the stream rules of which some price does not come within `seconds`. `load` loads the page.

    Raises:
        Exception: what `load` raises.
    """
    missing = {(index, name) for index, rule in enumerate(feed.rules) for name in rule.fields if _is_stream(rule)}
    streams, arrived = StreamSet(feed), asyncio.Event()
    listener = StreamListener(page, await page.context.new_cdp_session(page), streams, arrived)
    await listener.open()
    try:
        await load()
        deadline = time.monotonic() + seconds
        while missing and time.monotonic() < deadline:
            try:
                async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                    await arrived.wait()
            except TimeoutError:
                break
            # Clear first, then read: an event that comes in between sets the flag again and is not missed.
            arrived.clear()
            for event in listener.pop_all():
                for reading in streams.handle(event, now_us()):
                    missing -= set(_prices(feed, reading))
            # `wait` does not yield while the flag is set: without this, a fast stream would starve other tasks.
            await asyncio.sleep(0)
    finally:
        listener.close()
    return {index for index, _ in missing}


def _is_stream(rule: object) -> bool:
    return isinstance(rule, StreamRule)


def _prices(feed: FeedFile, reading: Reading) -> Iterator[tuple[int, str]]:
    """Yield the rule and the field of each text that is a price."""
    rule = feed.rules[reading.rule]
    for name, text in zip(FIELD_NAMES, reading.texts, strict=True):
        try:
            if text is not None and rule.parsers[name].parse(text) is not None:
                yield reading.rule, name
        except UnparsedPrice:
            continue
