"""Faults that end the watching of a page, and their error messages."""

import asyncio
import logging
import os
import signal

import pytest
from playwright.async_api import Browser, async_playwright

from tests.support.process import descendants
from tests.support.site import Site
from tests.support.supervised import kill
from tests.support.waiting import DEADLINE_S
from tests.support.watching import Watching
from tickql.producer.browser.robots import check_robots
from tickql.producer.errors import FeedFileError, PageUnreachable, RobotsRefused
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.timings import Timings

pytestmark = pytest.mark.asyncio(loop_scope="session")

LAST = '[[symbol]]\nname = "ES"\nlast = "#last"'
NOBODY = "http://127.0.0.1:9/"


def settings(site: Site, robots: str) -> PageSettings:
    return FeedFile.parse(f'[page]\nurl = "{site.url("/board")}"\nrobots = "{robots}"\n{LAST}').page


async def test_an_http_error_is_not_the_page(watch: Watching) -> None:
    es = await watch("<b id=last>1</b>", LAST, status=503)
    with pytest.raises(PageUnreachable, match="HTTP 503 Service Unavailable"):
        await es.task
    assert not es.quotes


async def test_a_page_that_goes_to_an_address_that_does_not_load_is_closed(watch: Watching) -> None:
    es = await watch("<b id=last>1</b>", LAST)
    await es.until_last("1")
    await es.run(f"location.href = '{NOBODY}'")
    with pytest.raises(PageUnreachable, match="went to an address that does not load"):
        await es.task


TABLE = '[[table]]\nrows = "tr"\nsymbol = "th"\nask = ".a"\nlast = [".b", "..c"]'


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (LAST.replace("#last", "#last:nosuch"), """symbol "ES", last: selector '#last:nosuch' is not valid CSS"""),
        (
            TABLE,
            """[[table]] #1, last: selector '..c' is not valid XPath (a selector that begins with // or .. is XPath)""",
        ),
        (LAST + "\n" + TABLE.replace('"tr"', '"tr["'), """[[table]] #1, rows: selector 'tr[' is not valid CSS"""),
        (TABLE.replace("th", "td::b("), """[[table]] #1, symbol: selector 'td::b(' is not valid CSS"""),
        (
            LAST.replace("#last", "b >> text=/(1/"),
            """symbol "ES", last: selector 'b >> text=/(1/' has no valid regular expression: Unterminated group""",
        ),
    ],
)
async def test_a_selector_that_the_browser_refuses_is_one_line_that_names_its_place(
    watch: Watching, rules: str, said: str
) -> None:
    es = await watch("<b id=last>1</b>", rules)
    with pytest.raises(FeedFileError) as refused:
        await es.task
    assert str(refused.value) == f"feed.toml: {said}"


async def test_robots_txt_is_obeyed_where_the_feed_file_says_so(browser: Browser, site: Site) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /board")
    async with await browser.new_context() as context:
        with pytest.raises(RobotsRefused, match=r"/robots\.txt disallows .*/board: not opened"):
            await check_robots(context.request, settings(site, "obey"))


async def test_what_is_said_of_robots_txt_has_no_password_and_no_query(browser: Browser, site: Site) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /board")
    url = site.url("/board?token=horse").replace("://", "://ada:horse@")
    feed_file = FeedFile.parse(f'[page]\nurl = "{url}"\nrobots = "obey"\n{LAST}')
    async with await browser.new_context() as context:
        with pytest.raises(RobotsRefused) as refused:
            await check_robots(context.request, feed_file.page)
    assert str(refused.value).startswith(f"{site.url('/robots.txt')} disallows {site.url('/board')}: ")


async def test_robots_txt_is_only_a_warning_otherwise(
    browser: Browser, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /board")
    async with await browser.new_context() as context:
        await check_robots(context.request, settings(site, "warn"))
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "robots.txt disallows this page" in record.message


async def test_a_site_without_robots_txt_allows_everything(
    browser: Browser, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.pages.pop("/robots.txt", None)
    async with await browser.new_context() as context:
        await check_robots(context.request, settings(site, "obey"))
    assert not caplog.records


async def test_robots_txt_is_not_requested_where_the_feed_file_says_so(browser: Browser, site: Site) -> None:
    site.requests.clear()
    async with await browser.new_context() as context:
        await check_robots(context.request, settings(site, "ignore"))
    assert site.requests == []


async def test_a_robots_txt_that_cannot_be_fetched_is_no_permission_if_it_is_to_be_obeyed(
    browser: Browser, site: Site
) -> None:
    site.put("/robots.txt", "busy", status=503)
    async with await browser.new_context() as context:
        with pytest.raises(PageUnreachable, match=r"cannot fetch .*robots\.txt"):
            await check_robots(context.request, settings(site, "obey"))


async def test_a_driver_that_hangs_does_not_block_the_check_of_robots_txt(
    site: Site,
) -> None:
    before = set(descendants(os.getpid()))
    async with async_playwright() as own:
        (driver,) = (pid for pid in descendants(os.getpid()) if pid not in before)
        request = await own.request.new_context()
        kill([driver], signal.SIGSTOP)
        try:
            async with asyncio.timeout(DEADLINE_S):
                with pytest.raises(PageUnreachable, match=r"cannot fetch .*robots\.txt.* no answer"):
                    await check_robots(request, settings(site, "obey"), Timings(robots_s=0.5))
        finally:
            kill([driver], signal.SIGCONT)
