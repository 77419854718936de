"""The browsers of a producer: one for all feed files, but for those that need a browser of their own."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.timings import DEFAULT_TIMINGS, Timings


class BrowserPool:
    """Holds a `SharedBrowser` for each set of pages that can share one. `attach` and `ca` concern a whole browser.

    A shared browser has windows if any of its pages has one, and the smallest memory limit of all.
    """

    def __init__(self, pages: Sequence[PageSettings], timings: Timings = DEFAULT_TIMINGS) -> None:
        self._browsers: dict[tuple[str | None, Path | None], SharedBrowser] = {}
        for page in pages:
            if _key(page) not in self._browsers:
                self._browsers[_key(page)] = _shared([each for each in pages if _key(each) == _key(page)], timings)

    @property
    def browsers(self) -> Sequence[SharedBrowser]:
        """All browsers of the pool."""
        return tuple(self._browsers.values())

    def of(self, page: PageSettings) -> SharedBrowser:
        """Return the browser of one of the pages."""
        return self._browsers[_key(page)]

    async def close(self) -> None:
        """End all browsers. Takes a few seconds at most."""
        await asyncio.gather(*(browser.close() for browser in self.browsers))


def _key(page: PageSettings) -> tuple[str | None, Path | None]:
    return page.attach, page.ca


def _shared(pages: Sequence[PageSettings], timings: Timings) -> SharedBrowser:
    limits = [page.recycle_memory_mb for page in pages if page.recycle_memory_mb is not None]
    settings = min(pages, key=lambda page: page.headless)
    return SharedBrowser(settings, min(limits, default=None), timings)
