"""The producer of one feed file: waits for the lease as a standby, then publishes what its page shows."""

import asyncio
import logging
from contextlib import suppress
from typing import NoReturn

from tickql.feed.errors import Fenced, LeaseLost
from tickql.feed.lease import Lease
from tickql.feed.publisher import Publisher
from tickql.feed.race import race
from tickql.feed.settings import FeedSettings
from tickql.feed.tracing.publish_tracer import PublishTracer
from tickql.feed.view_desk import ViewDesk
from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.tally import tallies
from tickql.producer.view.page_viewer import PageViewer
from tickql.producer.watch.holder_feed import HolderFeed
from tickql.producer.watch.prepared_page import PreparedPage

logger = logging.getLogger("tickql.producer")

HANDOVER_S = 5.0
"""How long a producer that is to end waits for its standby to show what it shows. Containers get 10 s to end."""


class FeedProducer:
    """Publishes one feed file while this process holds its lease. `warm`: see `tickql.producer.service.produce`.

    `spool_ticks`: the most ticks that wait in memory for Redis. `tracer`: traces some of the ticks; `None`: none.
    """

    def __init__(
        self,
        feed: FeedFile,
        settings: FeedSettings,
        shared_browser: SharedBrowser,
        owners: SymbolOwners,
        spool_ticks: int,
        tracer: PublishTracer | None,
        *,
        warm: bool,
    ) -> None:
        self._feed = feed
        self._settings = settings
        self._shared_browser = shared_browser
        self._owners = owners
        self._spool_ticks = spool_ticks
        self._tracer = tracer
        self._warm = warm

    async def run(self, *, take_over: bool) -> NoReturn:
        """Publish whenever the lease is held, until cancelled. Raises: see `tickql.producer.service.produce`."""
        while True:
            try:
                async with (
                    Lease(self._settings, self._feed.name, take_over=take_over) as lease,
                    HolderFeed(self._settings, self._feed.name) as holder,
                    PreparedPage(self._feed, self._shared_browser, self._owners) as page,
                ):
                    await race(lease.acquire(), self._prepare(page, holder, lease))
                    await self._publish(page, holder, lease)
            except LeaseLost as lost:
                logger.warning("%s", lost)
            # A lease that was lost or handed over is not taken back: two producers would take it from each other
            # without end.
            take_over = False

    async def _prepare(self, page: PreparedPage, holder: HolderFeed, lease: Lease) -> NoReturn:
        """Open the page when the holder is about to end, and tell the holder when it shows as much as its page."""
        if not self._warm:
            await lease.succession.wanted.wait()
        page.start()

        async def get_ready() -> NoReturn:
            await page.ready(holder)
            lease.succession.is_ready = True
            await page.wait()

        await race(page.wait(), get_ready())
        raise AssertionError("a page is watched until it fails")

    async def _publish(self, page: PreparedPage, holder: HolderFeed, lease: Lease) -> None:
        """Publish while the lease is held. Returns when it is to be handed over to another producer."""
        name, succession = self._feed.name, lease.succession
        async with Publisher(self._settings, name, self._spool_ticks, lease, tracer=self._tracer) as publisher:
            tallies[name].publishing(publisher)
            try:
                page.start()
                await page.publish_to(publisher, holder)
                desk = ViewDesk(self._settings, name, PageViewer(page.watched).look)
                # A lost lease ends the publisher, and so the page: a standby must not hold the page open.
                await race(page.wait(), publisher.wait_until_fenced(), succession.wait_for_claim(), desk.run())
                logger.info("%s is handed over to another producer", name)
            except asyncio.CancelledError:
                await self._leave(lease, publisher)
                raise
            finally:
                page.has_successor = succession.has_successor
                await page.stop()
                tallies[name].stopped_publishing()

    async def _leave(self, lease: Lease, publisher: Publisher) -> None:
        """Go on publishing until the standby is ready."""

        async def leave() -> None:
            if await lease.succession.leave(HANDOVER_S):
                late = "no standby of %s is ready after %.0f s: ticks may be lost until it is"
                logger.warning(late, self._feed.name, HANDOVER_S)

        publisher.wake()
        with suppress(Fenced):
            await race(leave(), publisher.wait_until_fenced())
