"""A reading is one moment of the page, after a task of the page has ended. None is lost, and none is invented."""

import pytest

from tests.producer.capture.test_observing import ES, ES_BODY, LAST, sees_every_change
from tests.support.site import Site
from tests.support.watching import Watched, Watching
from tickql.feed.status import ProducerState
from tickql.producer.capture.messages import Flush, Reading
from tickql.producer.capture.observer_events import FrameGone, FrameMessage, ReadingsLost
from tickql.producer.errors import FeedFileError
from tickql.producer.quotes.quote_builder import QuoteBuilder

pytestmark = pytest.mark.asyncio(loop_scope="session")

TABLE = '[[table]]\nrows = "#board tr"\nsymbol = "td:nth-child(1)"\nlast = "td:nth-child(2)"'


async def in_observer(es: Watched, script: str) -> None:
    """Run JavaScript in the world of the observer of the page itself."""
    (context,) = es.source.page_status.heartbeats
    await es.observer.evaluate(context, script)


async def test_prices_that_one_task_changes_step_by_step_are_sent_only_together(watch: Watching) -> None:
    es = await watch(ES_BODY, ES)
    await es.until_count(1)
    await es.run(
        """new Promise((done) => {
            let n = 0;
            const timer = setInterval(async () => {
                n += 1;
                const [ask, bid, last] = es.children;
                ask.firstChild.data = n;
                for (let i = 0; i < 20; i++) await null;
                bid.textContent = n;
                await null;
                last.innerHTML = `<i>${n}</i>`;
                if (n === 10) { clearInterval(timer); done(); }
            }, 25);
        })"""
    )
    await es.until_prices("10", "10", "10")
    assert es.prices()[1:] == [(str(n), str(n), str(n)) for n in range(1, 11)]


async def test_a_row_that_gets_another_symbol_never_has_the_prices_of_the_one_before(watch: Watching) -> None:
    board = await watch("<table id=board><tr><td>A<td>1</table>", TABLE)
    await board.until_last("1", "A")
    await board.run(
        """(async () => {
            const [symbol, last] = board.rows[0].cells;
            symbol.textContent = 'B';
            for (let i = 0; i < 20; i++) await null;
            last.textContent = '2';
        })()"""
    )
    await board.until_last("2", "B")
    assert board.lasts("B") == ["2"]


async def test_a_text_that_is_missing_only_within_a_task_is_never_reported_missing(watch: Watching) -> None:
    es = await watch("<b id=last>1</b>", LAST)
    await es.until_state(ProducerState.LIVE)
    said = len(es.reports)
    await es.run(
        """(async () => {
            const element = last;
            for (let n = 0; n < 20; n++) { element.remove(); await null; document.body.append(element); await null; }
            element.textContent = '';
            await null;
            element.textContent = '2';
        })()"""
    )
    await es.until_last("2")
    assert es.lasts() == ["1", "2"]
    assert all(report.state is ProducerState.LIVE for report in es.reports[said:])


@pytest.mark.long
async def test_a_price_that_changes_back_after_it_was_resent_is_sent(watch: Watching) -> None:
    es = await watch("<b id=last>0</b>", LAST, page="sample = 2.0")
    await es.until_last("0")
    await es.run("setTimeout(() => { last.textContent = '1' }, 2000)")
    await es.until_last("1")
    # The next reading is not due yet: only the request makes the observer send it.
    await es.run("last.textContent = '2'")
    await in_observer(es, "tickql.acknowledge(0, true)")
    await es.run("last.textContent = '1'")
    await es.until(lambda: es.lasts()[-2:] == ["2", "1"])


@pytest.mark.long
async def test_changes_that_are_undone_within_a_sample_interval_are_counted(watch: Watching) -> None:
    es = await watch("<b id=last>1</b>", LAST, page="sample = 1.0")
    await es.until_last("1")
    await es.run(
        """new Promise((done) => {
            const texts = ['2', '3', '1'];
            const timer = setInterval(() => {
                last.textContent = texts.shift();
                if (!texts.length) { clearInterval(timer); done(); }
            }, 20);
        })"""
    )
    await es.until_state(ProducerState.LIVE)
    await es.run("setTimeout(() => { last.textContent = '4' }, 1500)")
    await es.until_last("4")
    await es.run("setTimeout(() => { last.textContent = 'a beat later' }, 1200)")
    await es.until_state(ProducerState.MISSING)
    assert es.source.page_status.conflated + len(es.lasts()) == 5


async def test_a_reading_after_the_clock_was_set_has_the_new_time(watch: Watching) -> None:
    board = await watch("<table id=board><tr><td>A<td>1</table>", TABLE)
    await board.until_last("1", "A")
    await board.until(lambda: board.source.page_status.heartbeats)
    await in_observer(board, "{ const own = Date.now; Date.now = () => own() - 60_000 }")
    await board.run("board.insertRow().innerHTML = '<td>B<td>2'")
    await board.until_last("2", "B")
    a, b = (next(quote for quote in board.quotes if quote.symbol == symbol) for symbol in "AB")
    assert b.observed_us < a.observed_us - 30_000_000


async def test_a_selector_that_gives_no_elements_is_an_error_of_the_feed_file(watch: Watching) -> None:
    es = await watch("<b id=last>1</b>", LAST.replace("#last", "xpath=count(//b)"))
    with pytest.raises(FeedFileError, match=r"selector 'xpath=count\(//b\)' is not valid XPath"):
        await es.task


async def test_an_exception_in_the_observer_is_reported_with_its_place_and_does_not_stop_it(watch: Watching) -> None:
    es = await watch("<b id=last>1</b>", LAST)
    await es.until_state(ProducerState.LIVE)
    await in_observer(es, "document.querySelectorAll = () => { throw new Error('sabotage') }")
    reason = await es.until_state(ProducerState.DEGRADED)
    assert "Error: sabotage (" in reason
    assert ".js:" in reason
    await in_observer(es, "delete document.querySelectorAll")
    await es.run("last.id = 'first'; document.body.insertAdjacentHTML('beforeend', '<b id=last>2</b>')")
    await es.until_last("2")
    await es.run("last.id = 'second'; first.id = 'last'")
    await es.until_last("1")


async def test_prices_in_a_closed_shadow_root_of_a_plain_element_are_seen(watch: Watching) -> None:
    body = """<div id=es></div><script>
        const root = es.attachShadow({ mode: 'closed' });
        root.innerHTML = '<b class=last>0</b>';
        const show = (n) => { root.firstChild.firstChild.data = n };</script>"""
    es = await watch(body, '[[symbol]]\nname = "ES"\nlast = "#es .last"')
    await sees_every_change(es, "show(n)")


async def test_a_frame_that_goes_from_its_first_document_to_another_is_watched_there(
    watch: Watching, site: Site
) -> None:
    es = await watch("<p>board</p>", LAST)
    site.put("/quotes", "<b id=last>0</b>")
    await es.run(
        """const frame = document.createElement('iframe');
        document.body.append(frame);
        frame.contentDocument.body.innerHTML = '<p>nothing yet</p>';
        frame.src = '/quotes';"""
    )
    await sees_every_change(es, "frames[0].document.getElementById('last').textContent = n")
    assert not any(heartbeat.missed for heartbeat in es.source.page_status.heartbeats.values())


async def test_a_document_that_is_rewritten_is_watched(watch: Watching) -> None:
    es = await watch("<p>board</p>", LAST)
    await es.run("document.open(); document.write('<!doctype html><p><b id=last>0</b>'); document.close()")
    await sees_every_change(es, "document.getElementById('last').textContent = n")


async def test_prices_of_the_tab_that_a_class_brings_to_the_front_are_seen_from_its_first_on(watch: Watching) -> None:
    body = """<style>.tab:not(.active) { display: none }</style>
        <div id=one class='tab active'><b>0</b></div><div id=two class=tab><b>0</b></div>"""
    es = await watch(body, LAST.replace("#last", ".tab.active b"))
    await sees_every_change(
        es,
        """const [front, back] = n % 2 ? [two, one] : [one, two];
        front.firstChild.textContent = n;
        back.className = 'tab';
        front.className = 'tab active';""",
    )


async def test_dropped_readings_of_a_frame_are_requested_again_even_if_another_frame_sends_its_heartbeat_first(
    watch: Watching,
) -> None:
    rules = "".join(f'[[symbol]]\nname = "{name}"\nlast = "#{name.lower()}"\n' for name in ("ES", "NQ"))
    es = await watch("<b id=es>1</b><iframe srcdoc='<b id=nq>2</b>'></iframe>", rules)
    await es.until_last("2", "NQ")
    await es.until_state(ProducerState.LIVE)
    es.source.quote_builder.symbols.clear()
    es.source.quote_builder.take_over_from(QuoteBuilder(es.source.feed))
    es.observer.dropped += 1
    await es.until(lambda: (es.lasts("ES"), es.lasts("NQ")) == (["1", "1"], ["2", "2"]))


async def test_when_the_buffer_is_full_the_event_that_a_frame_is_gone_is_kept(watch: Watching) -> None:
    es = await watch("<b id=last>1</b>", LAST)
    await es.until_last("1")
    observer = es.observer
    observer.drain()
    reading = Reading(1, 0, "ES", (None, None, "1"), merged=2)
    for _ in range(80):
        observer._put(FrameMessage(1, Flush((reading,)), characters=1_000_000))
        if len(observer._buffer) == 1:
            observer._put(FrameGone(7))
    events = observer.drain()
    assert FrameGone(7) in events
    assert len([each for each in events if isinstance(each, FrameMessage)]) + observer.dropped == 80
    assert events[0] == ReadingsLost({(0, "ES"): 3 * observer.dropped})
    assert observer.dropped > 0
