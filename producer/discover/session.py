"""A discovery from beginning to end: a page is watched, what was found is proved, the feed file written."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from playwright.async_api import Browser, BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.launch import launch_browser, open_context, running_driver
from tickql.producer.browser.load_errors import one_line
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.capture.observer_config import observer_script
from tickql.producer.discover.errors import DiscoverError
from tickql.producer.discover.inference.findings import Findings
from tickql.producer.discover.navigation import open_page
from tickql.producer.discover.visit import DiscoveryRequest, Progress, Visit
from tickql.producer.discover.writing import proof
from tickql.producer.discover.writing.feed_file_text import feed_file
from tickql.producer.discover.writing.stream_proof import unproved_streams
from tickql.producer.errors import PageFault
from tickql.producer.feedfile.feed_file import FeedFile

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


async def discover(wish: DiscoveryRequest, progress: Progress) -> Discovery:
    """Look for prices on a page.

    Raises:
        DiscoverError: no page, or no prices on it.
        BrowserNotFound: see `tickql.producer.browser.launch`.
    """
    async with AsyncExitStack() as stack:
        try:
            driver = await stack.enter_async_context(running_driver())
            browser = await launch_browser(driver, wish.page)
            stack.push_async_callback(browser.close)
        except PlaywrightError as error:
            raise DiscoverError(f"the browser does not start: {one_line(error)}") from error
        return await discover_in(browser, wish, progress)


async def discover_in(browser: Browser, wish: DiscoveryRequest, progress: Progress) -> Discovery:
    """The same in a browser that is there already, in a session of its own."""
    context = await open_context(browser, wish.page)
    try:
        return await _Session(wish, context, progress).run()
    except PageFault as error:
        raise DiscoverError(f"{wish.page.url}: {error}") from error
    except PlaywrightError as error:
        raise DiscoverError(f"{wish.page.url}: the browser says: {one_line(error)}") from error
    finally:
        await context.close()


class _Session:
    def __init__(self, wish: DiscoveryRequest, context: BrowserContext, progress: Progress) -> None:
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
        reader = proof.Reader(await ObserverClient.open(visit.page, observer_script(feed)))
        await reader.read(lambda: proof.is_enough(findings, reader), _PROOF_S)
        return proof.judge(findings, feed, reader, await visit.shown())

    async def _prove_again(self, findings: Findings) -> tuple[Findings, list[str]]:
        """A second visit, as the producer will make it: what is found must still be there."""
        feed = self._draft(findings)
        async with self._another_page() as page:
            reader = proof.Reader(await ObserverClient.open(page, observer_script(feed)))
            await open_page(page, self._wish.page.url)
            await reader.read(lambda: proof.is_enough(findings, reader), _VISIT_S)
            return proof.judge(findings, feed, reader, None)

    async def _prove_streams(self, findings: Findings) -> tuple[Findings, list[str]]:
        """A second visit too: what the page received must come again, and be read by the producer's own reader."""
        feed = self._draft(findings)
        async with self._another_page() as page:
            lost = await unproved_streams(page, lambda: open_page(page, self._wish.page.url), feed, _VISIT_S)
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
