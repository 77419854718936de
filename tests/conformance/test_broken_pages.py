"""Pages that cannot be watched: each is reported in one clear sentence, and publishes no price that it did not show."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from tests.support.recorder import Recorder
from tests.support.site import Site
from tests.support.waiting import DEADLINE_S
from tickql.feed.embedded.ports import free_port
from tickql.feed.status import ProducerState
from tickql.producer.browser.shared_browser import SharedBrowser
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.symbol_owners import SymbolOwners
from tickql.producer.watch.supervisor import Supervisor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120), pytest.mark.long]

ES = '[[symbol]]\nname = "ES"\nlast = "#last"\nask = "#ask"\n'
TABLE = '[[table]]\nrows = "#board tr"\nsymbol = "td:nth-child(1)"\nlast = "td:nth-child(2)"\n'
STALE = ProducerState.STALE
Produce = Callable[..., Awaitable[Recorder]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def produce(shared_browser: SharedBrowser) -> AsyncIterator[Produce]:
    """Watch the page at an address by the rules of a feed file; returns the recorder of its quotes and reports."""
    async with AsyncExitStack() as stack:

        async def start(url: str, rules: str = ES) -> Recorder:
            feed, recorder = _feed(url, rules), Recorder()
            task = asyncio.create_task(Supervisor(feed, recorder, shared_browser, SymbolOwners([feed])).run())
            stack.push_async_callback(_cancelled, task)
            return recorder

        yield start


def _feed(url: str, rules: str) -> FeedFile:
    return FeedFile.parse(f'[page]\nurl = "{url}"\nrobots = "ignore"\n{rules}')


async def _cancelled(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def reported(recorder: Recorder, *parts: str, state: ProducerState, deadline_s: float = DEADLINE_S) -> None:
    """Wait for a report in this state whose reason has all these parts; the reason must be one short line."""

    def reasons() -> list[str]:
        found = [report.reason or "" for report in recorder.reports if report.state is state]
        return [reason for reason in found if all(part in reason for part in parts)]

    reason = (await recorder.until(reasons, deadline_s))[0]
    assert "\n" not in reason
    assert len(reason) < 300


async def test_each_broken_page_is_reported_in_one_sentence_and_publishes_no_price(
    produce: Produce, site: Site
) -> None:
    # At the same time: most of the time each page waits for its grace period to end.
    opening = asyncio.Semaphore(3)
    site.put("/basic", "", status=401, www_authenticate='Basic realm="x"')
    site.put("/login", "<!doctype html><title>Sign in</title><form><input name=user><input type=password></form>")
    site.redirect("/to", "/fro")
    weather = site.put("/weather", "<!doctype html><title>Weather</title><p>sunny")
    again = '<!doctype html><meta http-equiv=refresh content="0;url=/again">'
    elsewhere = '<!doctype html><script>location.replace("/away?" + Math.random())</script>'
    await asyncio.gather(
        *(
            _named(produce, opening, url, *parts)
            for url, *parts in (
                (f"http://127.0.0.1:{free_port()}/", "the page does not load: nothing listens at its address"),
                ("http://no-such-host.invalid/", "there is no host of that name"),
                (site.ignore("/silent"), "the page does not load: no answer in 3 s, waiting for it"),
                (site.redirect("/fro", "/to"), "the site redirects without end"),
                (site.put("/again", again), "the page reloads itself again and again: 5 times in 5 s"),
                (site.put("/away", elsewhere), "the page reloads itself again and again: 5 times in 5 s"),
                (site.url("/basic"), "the site asks for a user name and password"),
                (site.redirect("/home", "/login"), "logged out: the page asks for a password", "tickql login"),
                (site.put("/file", bytes(99), kind="application/octet-stream"), "its address gives a file to download"),
                (site.put("/json", '{"last": 1.5}', kind="application/json"), "which is application/json"),
                (site.put("/image", b"\x89PNG\r\n\x1a\n" + bytes(99), kind="image/png"), "which is image/png"),
                (f"{weather}?token=secret", 'last: "#last" matches nothing', f"(on 'Weather' at {weather})"),
            )
        )
    )


async def _named(produce: Produce, opening: asyncio.Semaphore, url: str, *parts: str) -> None:
    async with opening:
        es = await produce(url)
        await es.until(lambda: es.reports, DEADLINE_S)
    await reported(es, *parts, state=ProducerState.MISSING if "(on" in parts[-1] or "which is" in parts[0] else STALE)
    assert es.quotes == []


async def test_hostile_texts_are_refused_and_the_other_field_is_still_published(produce: Produce, site: Site) -> None:
    texts = """['9'.repeat(1e6), '\\u0000\\u0007\\u001b[31m1', '1\\u200f2', '\\u202e21', '1,'.repeat(5e5), '12\\ud8003',
        '\\udfff1', ' '.repeat(1e6) + '3', '<b>4</b>', '\\\\u0035', '1e5', 'NaN', '0x10', '1٬234.5.6']"""
    es = await produce(
        site.put(
            "/attack",
            f"""<!doctype html><title>x</title><b id=last style="position: absolute; white-space: pre">1</b>
            <b id=ask>0</b>
            <script>const texts = {texts};
            let n = 0; setInterval(() => {{ last.textContent = texts[n % texts.length]; ask.textContent = ++n }}, 100)
            </script>""",
        )
    )
    await es.until(lambda: len([quote for quote in es.quotes if (quote.ask or "0") != "0"]) > 40)
    assert {quote.last for quote in es.quotes} <= {"1", "3", None}, "3 is what a million spaces and a 3 show"
    asks = [int(quote.ask) for quote in es.quotes if quote.ask]
    assert asks == sorted(asks)
    await reported(es, 'ES: last: "#last" shows \'', state=ProducerState.MISSING)


async def test_a_page_with_a_million_changes_a_second_is_conflated_and_reported_and_publishes_only_shown_prices(
    produce: Produce, site: Site
) -> None:
    es = await produce(
        site.put(
            "/fast",
            """<!doctype html><title>fast</title><b id=last>0</b><b id=ask>1</b><script>
            let n = 0;
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => {
                const end = performance.now() + 40;
                while (performance.now() < end) for (let i = 0; i < 1000; i++) last.firstChild.data = String(n += 2);
                port2.postMessage(0);
            };
            port2.postMessage(0);
            </script>""",
        )
    )
    await es.until_count(20)
    await reported(es, " only", state=ProducerState.DEGRADED)
    lasts = [int(quote.last or 0) for quote in es.quotes]
    assert lasts == sorted(lasts)
    assert all(last % 2 == 0 for last in lasts)


async def test_a_page_that_hangs_while_it_starts_gets_a_longer_timeout_after_each_reload(
    produce: Produce, site: Site
) -> None:
    """The page always hangs for 6.5 s: without a longer timeout it would be reloaded without end."""
    page = """<!doctype html><title>slow</title><b id=last>1</b><b id=ask>2</b><script>
        setTimeout(() => { for (const end = Date.now() + 6500; Date.now() < end;); last.textContent = '3' }, 500)
        </script>"""
    es = await produce(site.put("/slow", page))
    await reported(es, "no message from the page for", state=STALE)
    await es.until(lambda: any(quote.last == "3" for quote in es.quotes), DEADLINE_S)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_table_of_fifty_thousand_rows_is_followed_up_to_the_symbol_limit_and_reported(
    produce: Produce, site: Site
) -> None:
    """Each change costs the browser a layout of the whole table: seconds on a busy machine."""
    rows = "".join(f"<tr><td>S{number}<td>{number}.5" for number in range(50_000))
    es = await produce(
        site.put(
            "/large",
            f"""<!doctype html><title>large</title><table id=board>{rows}</table>
            <script>
            let n = 0; setInterval(() => {{ board.rows[7].cells[1].textContent = `${{++n}}.25` }}, 1000)
            </script>""",
        ),
        TABLE,
    )
    await es.until(lambda: len({quote.symbol for quote in es.quotes}) == 5_000, 200)
    await reported(
        es, "more than 5000 symbols on one page, S5000 is not followed", state=ProducerState.DEGRADED, deadline_s=200
    )
    before = len(es.quotes)
    await es.until(lambda: len(es.quotes) > before + 5, 200)
    # While the browser still reads the page, a row's cell may be there and empty.
    assert all(quote.last in (f"{quote.symbol[1:]}.5", None) for quote in es.quotes if quote.symbol != "S7")
