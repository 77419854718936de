"""One discovery from start to end: watch the page, prove the findings on it, write the feed file."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace

from playwright.async_api import Browser, BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from tickql.producer.browser.launch import close_context, launch_browser, open_context, open_tab, running_driver
from tickql.producer.browser.load_errors import one_line
from tickql.producer.capture.observer_client import ObserverClient
from tickql.producer.capture.observer_config import observer_script
from tickql.producer.discover.errors import DiscoverError
from tickql.producer.discover.inference.findings import Findings
from tickql.producer.discover.inference.readings import Choice, Reading
from tickql.producer.discover.navigation import open_page
from tickql.producer.discover.visit import DiscoveryRequest, Progress, Visit
from tickql.producer.discover.writing import proof
from tickql.producer.discover.writing.feed_file_text import feed_file
from tickql.producer.discover.writing.stream_proof import unproved_streams
from tickql.producer.errors import PageFault
from tickql.producer.feedfile.feed_file import FeedFile

_PROOF_S = 10.0
# A new visit has to load the page first.
_VISIT_S = 15.0
_MARGIN_S = 5.0
# The second round proves the selectors that replace those which failed in the first one.
_ROUNDS = 2


@dataclass(frozen=True)
class Discovery:
    """The result of a discovery."""

    findings: Findings
    text: str
    """The text of the feed file."""
    screenshot: bytes
    """A PNG of the page with a box around each price."""
    faults: tuple[str, ...]
    """Selectors and streams that were found but not proved, and why, for people."""


Ask = Callable[[Choice], Awaitable[Reading | None]]
"""Asks a person how to read a text; `None`: the price is left out."""


async def discover(request: DiscoveryRequest, progress: Progress, ask: Ask | None = None) -> Discovery:
    """Find the prices of a page, in a browser that is started for this. `ask`: `None` leaves choices in the file.

    Raises:
        DiscoverError: the page does not load, or shows no prices.
        BrowserNotFound: see `tickql.producer.browser.launch`.
    """
    async with AsyncExitStack() as stack:
        try:
            driver = await stack.enter_async_context(running_driver())
            browser = await launch_browser(driver, request.page)
            stack.push_async_callback(browser.close)
        except PlaywrightError as error:
            raise DiscoverError(f"the browser does not start: {one_line(error)}") from error
        return await discover_in(browser, request, progress, ask)


async def discover_in(
    browser: Browser, request: DiscoveryRequest, progress: Progress, ask: Ask | None = None
) -> Discovery:
    """Find the prices of a page in a running browser, in a browser context of its own.

    Raises:
        DiscoverError: the page does not load, or shows no prices.
    """
    context = await open_context(browser, request.page)
    try:
        return await _Session(request, context, progress, ask).run()
    except PageFault as error:
        raise DiscoverError(f"{request.page.url}: {error}") from error
    except PlaywrightError as error:
        raise DiscoverError(f"{request.page.url}: browser error: {one_line(error)}") from error
    finally:
        await close_context(context, request.page)


class _Session:
    def __init__(self, request: DiscoveryRequest, context: BrowserContext, progress: Progress, ask: Ask | None) -> None:
        self._ask = ask
        self._request = request
        self._context = context
        self._progress = progress

    async def run(self) -> Discovery:
        visit = await Visit.open(self._context, self._request)
        try:
            return await self._find(visit)
        finally:
            # The context of an attached browser does not close, and would keep the tab.
            with suppress(PlaywrightError):
                await visit.page.close()

    async def _find(self, visit: Visit) -> Discovery:
        findings = await visit.watch(self._progress)
        if not findings.has_prices:
            raise DiscoverError(f"{self._request.page.url}: {await visit.diagnosis(findings)}")
        if self._ask is not None:
            for choice in findings.choices:
                reading = await self._ask(choice)
                findings = findings if reading is None else findings.settled(choice, reading)
        faults: list[str] = []
        if findings.complete_rules:
            findings, faults = await self._prove_on_this_visit(visit, findings)
        screenshot = await visit.screenshot(findings)
        for _ in range(_ROUNDS if findings.complete_rules else 0):
            findings, more = await self._prove_on_new_visit(findings)
            faults += more
            if not more or not findings.complete_rules:
                break
        if findings.streams:
            findings, faults = await self._prove_streams(findings)
        if not findings.has_prices:
            raise DiscoverError(f"{self._request.page.url}: prices were found, but not on a second try: {faults[0]}")
        if findings.usable:
            # Discovery must not write a file that the producer would refuse.
            self._draft(findings)
        return Discovery(findings, feed_file(findings, self._request.lines), screenshot, tuple(faults))

    async def _prove_on_this_visit(self, visit: Visit, findings: Findings) -> tuple[Findings, list[str]]:
        """Let the producer's observer read the watched page, and compare its texts with what discovery saw."""
        feed = self._draft(findings)
        reader = proof.ObserverReader(await ObserverClient.open(visit.page, observer_script(feed)), feed)
        await reader.read(lambda: proof.has_read_enough(findings, reader), _PROOF_S)
        return proof.remove_unproved(findings, feed, reader, await visit.shown())

    async def _prove_on_new_visit(self, findings: Findings) -> tuple[Findings, list[str]]:
        """Load the page again, as the producer will, and let the observer read it: selectors must still match."""
        feed = self._draft(findings)
        async with self._new_page() as page:
            reader = proof.ObserverReader(await ObserverClient.open(page, observer_script(feed)), feed)
            await open_page(page, self._request.page)
            await reader.read(lambda: proof.has_read_enough(findings, reader), _visit_s(findings))
            return proof.remove_unproved(findings, feed, reader, None)

    async def _prove_streams(self, findings: Findings) -> tuple[Findings, list[str]]:
        """Load the page again: the same messages must come, and the producer's own reader must find their prices."""
        feed = self._draft(findings)
        async with self._new_page() as page:
            unproved = await unproved_streams(
                page, lambda: open_page(page, self._request.page), feed, _visit_s(findings)
            )
        proved = tuple(each for number, each in enumerate(findings.streams) if number not in unproved)
        origins = [findings.streams[number].origin for number in unproved]
        faults = [f"{each.kind} {each.url}: no prices on a second visit" for each in origins]
        return replace(findings, streams=proved), faults

    def _draft(self, findings: Findings) -> FeedFile:
        """Return the feed file of these findings, parsed and checked."""
        return FeedFile.parse(feed_file(findings, self._request.lines), self._request.path)

    @asynccontextmanager
    async def _new_page(self) -> AsyncIterator[Page]:
        page = await open_tab(self._context, self._request.page)
        try:
            yield page
        finally:
            await page.close()


def _visit_s(findings: Findings) -> float:
    """Deadline for a new visit: some pages show prices only with the first event, which may take as long each time."""
    return max(_VISIT_S, findings.seconds + _MARGIN_S)
