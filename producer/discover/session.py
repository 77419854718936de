"""A discovery from beginning to end: a page is watched, what was found is proved, the feed file written."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from playwright.async_api import Browser, BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from producer.browser import launch_browser, open_context, running_driver
from producer.discover import proof
from producer.discover.errors import DiscoverError
from producer.discover.findings import Findings
from producer.discover.going import go
from producer.discover.hearing import unheard
from producer.discover.visit import Progress, Visit, Wish
from producer.discover.writing import feed_file
from producer.errors import PageFault
from producer.feedfile import FeedFile
from producer.loadfault import in_a_line
from producer.plan import observer_script
from producer.tap import Tap

_PROOF_S = 10.0
_VISIT_S = 15.0
_ROUNDS = 2


@dataclass(frozen=True)
class Discovery:
    """What came of it."""

    findings: Findings
    text: str
    """The feed file."""
    picture: bytes
    """PNG of the page with a box around each price."""
    faults: tuple[str, ...]
    """What the proof on the page took back."""


async def discover(wish: Wish, progress: Progress) -> Discovery:
    """Look for prices on a page.

    Raises:
        DiscoverError: no page, or no prices on it.
        BrowserNotFound: see `producer.browser`.
    """
    async with AsyncExitStack() as stack:
        try:
            driver = await stack.enter_async_context(running_driver())
            browser = await launch_browser(driver, wish.page)
            stack.push_async_callback(browser.close)
        except PlaywrightError as error:
            raise DiscoverError(f"the browser does not start: {in_a_line(error)}") from error
        return await discover_in(browser, wish, progress)


async def discover_in(browser: Browser, wish: Wish, progress: Progress) -> Discovery:
    """The same in a browser that is there already, in a session of its own."""
    context = await open_context(browser, wish.page)
    try:
        return await _Session(wish, context, progress).run()
    except PageFault as error:
        raise DiscoverError(f"{wish.page.url}: {error}") from error
    except PlaywrightError as error:
        raise DiscoverError(f"{wish.page.url}: the browser says: {in_a_line(error)}") from error
    finally:
        await context.close()


class _Session:
    def __init__(self, wish: Wish, context: BrowserContext, progress: Progress) -> None:
        self._wish = wish
        self._context = context
        self._progress = progress

    async def run(self) -> Discovery:
        visit = await Visit.open(self._context, self._wish)
        findings = await visit.watch(self._progress)
        if not findings.anything:
            raise DiscoverError(f"{self._wish.page.url}: {visit.seen_instead()}")
        faults: list[str] = []
        if findings.settled:
            findings, faults = await self._prove_here(visit, findings)
        picture = await visit.picture(findings)
        for _ in range(_ROUNDS if findings.settled else 0):
            findings, more = await self._prove_again(findings)
            faults += more
            if not more or not findings.settled:
                break
        if findings.streams:
            findings, faults = await self._prove_streams(findings)
        if not findings.anything:
            raise DiscoverError(f"{self._wish.page.url}: what was found could not be found again: {faults[0]}")
        if findings.usable:
            self._draft(findings)
        return Discovery(findings, feed_file(findings, self._wish.lines), picture, tuple(faults))

    async def _prove_here(self, visit: Visit, findings: Findings) -> tuple[Findings, list[str]]:
        """The observer reads the same page: what it reads must be what was found."""
        feed = self._draft(findings)
        reader = proof.Reader(await Tap.open(visit.page, observer_script(feed)))
        await reader.read(lambda: proof.is_enough(findings, reader), _PROOF_S)
        return proof.judge(findings, feed, reader, await visit.shown())

    async def _prove_again(self, findings: Findings) -> tuple[Findings, list[str]]:
        """A second visit, as the producer will make it: what is found must still be there."""
        feed = self._draft(findings)
        async with self._another_page() as page:
            reader = proof.Reader(await Tap.open(page, observer_script(feed)))
            await go(page, self._wish.page.url)
            await reader.read(lambda: proof.is_enough(findings, reader), _VISIT_S)
            return proof.judge(findings, feed, reader, None)

    async def _prove_streams(self, findings: Findings) -> tuple[Findings, list[str]]:
        """A second visit too: what the page received must come again, and be read by the producer's own reader."""
        feed = self._draft(findings)
        async with self._another_page() as page:
            lost = await unheard(page, lambda: go(page, self._wish.page.url), feed, _VISIT_S)
        left = tuple(each for number, each in enumerate(findings.streams) if number not in lost)
        gone = [findings.streams[number].origin for number in lost]
        return replace(findings, streams=left), [f"{each.kind} {each.url}: not heard again" for each in gone]

    def _draft(self, findings: Findings) -> FeedFile:
        """The feed file of these findings, checked."""
        return FeedFile.parse(feed_file(findings, self._wish.lines), self._wish.path)

    @asynccontextmanager
    async def _another_page(self) -> AsyncIterator[Page]:
        page = await self._context.new_page()
        try:
            yield page
        finally:
            await page.close()
