"""A producer that does not run for a while: the page's changes wait, and what had to be merged is counted."""

import asyncio
import itertools
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.producer.test_service import PROGRAM
from tests.support.process import command
from tests.support.site import Site
from tests.support.waiting import DEADLINE_S
from tests.support.watching import Watching
from tickql.feed.follower import Follower
from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Event, Gap, GapReason
from tickql.feed.tick_reader import TickReader
from tickql.producer.timings import Timings

COUNTING = """<b id=last>0</b><script>
    let n = 0;
    const play = (changes) => {
        n += 1;
        last.textContent = n;
        if (changes > 1) setTimeout(play, 20, changes - 1);
    };
</script>"""
LAST = '[[symbol]]\nname = "ES"\nlast = "#last"'
SYMBOLS = 20
# 20 symbols at 10 Hz, from 100 on: no symbol shows a number that another one shows.
BOARD = f"""<!doctype html><title>board</title><table id=board></table><script>
    board.innerHTML = Array.from({{ length: {SYMBOLS} }}, (_, i) => `<tr><td>S${{i}}<td>100`).join('');
    let n = 100;
    setInterval(() => {{ n += 1; for (const row of board.rows) row.cells[1].firstChild.data = n; }}, 100);
</script>"""
TABLE = '[[table]]\nrows = "#board tr"\nsymbol = "td:nth-child(1)"\nlast = "td:nth-child(2)"'


@pytest.mark.asyncio(loop_scope="session")
async def test_a_change_that_had_to_be_merged_is_counted_in_the_tick_that_replaces_it(
    watch: Watching, feed_settings: FeedSettings
) -> None:
    es = await watch(COUNTING, LAST, timings=Timings(settle_s=0.5, waiting_bytes=4_000))
    await es.until_last("0")
    await es.run("setTimeout(play, 0, 100)")
    # The whole process stands still, as at SIGSTOP: nothing reads what the page posts.
    time.sleep(1)  # noqa: ASYNC251
    await es.until_last("100")
    numbers = [int(quote.last or "") for quote in es.quotes]
    replaced = [after - before - 1 for before, after in itertools.pairwise(numbers)]
    assert sum(replaced) > 10
    assert replaced == [quote.merged for quote in es.quotes[1:]]
    await es.until_reason("this machine cannot keep up with the page")
    async with (
        Publisher(feed_settings, "board") as publisher,
        Follower(feed_settings) as follower,
        follower.tail("ES") as reader,
    ):
        publisher.publish(es.quotes[0])
        events = [await _next(reader)]
        for quote in es.quotes[1:]:
            publisher.publish(quote)
        events += [await _next(reader) for _ in es.quotes[1:]]
    for before, event, quote in zip(events, events[1:], es.quotes[1:], strict=False):
        lost = Gap(before.tick.cursor, GapReason.MERGED, quote.merged)
        assert event.gap == (lost if quote.merged else None)


@pytest.mark.long
async def test_a_producer_that_is_stopped_for_ten_seconds_loses_no_change(
    feed_settings: FeedSettings, tmp_path: Path
) -> None:
    async with Site() as site, Follower(feed_settings) as follower:
        path = tmp_path / "board.toml"
        path.write_text(f'[page]\nurl = "{site.put("/", BOARD)}"\n{TABLE}\n')
        arguments = ("-c", PROGRAM, str(path), feed_settings.redis_url, feed_settings.namespace)
        async with command(sys.executable, *arguments) as producer:
            readers = [follower.tail(f"S{number}") for number in range(SYMBOLS)]
            first = [await _next(reader) for reader in readers]
            producer.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(10)
            producer.process.send_signal(signal.SIGCONT)
            for reader, event in zip(readers, first, strict=True):
                number = int(event.tick.last or "")
                for expected in range(number + 1, number + 120):
                    event = await _next(reader)
                    assert (event.tick.last, event.gap) == (str(expected), None)
                reader.close()


async def _next(reader: TickReader) -> Event:
    async with asyncio.timeout(DEADLINE_S):
        return await reader.next()
