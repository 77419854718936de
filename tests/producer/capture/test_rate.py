"""The promise: every change of a watched price that lasts 10 ms is published."""

from decimal import Decimal

import pytest

from tests.support.watching import BOARD_TABLE, Watching
from tickql.feed.status import ProducerState
from tickql.producer.quotes.quote_builder import QuoteBuilder

pytestmark = pytest.mark.asyncio(loop_scope="session")

SYMBOLS = 20
CHANGES = 200
BOARD = f"""<table id=board></table><script>
    const names = Array.from({{ length: {SYMBOLS} }}, (_, i) => `S${{i}}`);
    board.innerHTML = names.map((name) => `<tr><td>${{name}}<td>1<td>1<td>1</tr>`).join('');
    const log = Object.fromEntries(names.map((name) => [name, [['1', '1', '1']]]));
    const show = (n) => {{
        for (const row of board.rows) {{
            const prices = [n + 0.5, n, n + 0.25].map((price) => price.toFixed(2));
            prices.forEach((price, i) => {{ row.cells[i + 1].firstChild.data = price; }});
            log[row.cells[0].textContent].push(prices);
        }}
    }};
    const play = (changes) => new Promise((done) => {{
        let n = 0;
        const timer = setInterval(() => {{
            show(++n);
            if (n === changes) {{ clearInterval(timer); done(log); }}
        }}, 10);
    }});
</script>"""


async def test_every_change_of_twenty_symbols_at_100_hz_is_published_in_order(watch: Watching) -> None:
    board = await watch(BOARD, BOARD_TABLE)
    await board.until_count(SYMBOLS)
    log = await board.run(f"play({CHANGES})")
    await board.until_count(SYMBOLS * (CHANGES + 1))
    for symbol, shown in log.items():
        assert board.prices(symbol) == [tuple(prices) for prices in shown]
        times = [quote.observed_us for quote in board.quotes if quote.symbol == symbol]
        assert times == sorted(times)


@pytest.mark.long
async def test_changes_faster_than_the_sample_are_thinned_and_the_last_one_is_kept(watch: Watching) -> None:
    es = await watch("<b id=last>0</b>", '[[symbol]]\nname = "ES"\nlast = "#last"', page="sample = 0.1")
    await es.until_last("0")
    await es.run(
        """new Promise((done) => {
            let n = 0;
            const timer = setInterval(() => {
                last.textContent = ++n;
                if (n === 100) { clearInterval(timer); done(); }
            }, 5);
        })"""
    )
    await es.until_last("100")
    took_s = (es.quotes[-1].observed_us - es.quotes[0].observed_us) / 1e6
    assert len(es.quotes) < 15 + took_s / 0.1, "one a sample, beside those of a burst of a second"
    lasts = [Decimal(last or "") for last in es.lasts()]
    assert lasts == sorted(lasts)
    thinned = 101 - len(lasts)
    await es.run("setTimeout(() => { last.textContent = 'a beat later' }, 1200)")
    await es.until_state(ProducerState.MISSING)
    assert es.source.page_status.conflated == thinned


async def test_dropped_readings_are_requested_again(watch: Watching) -> None:
    es = await watch("<b id=last>1</b>", '[[symbol]]\nname = "ES"\nlast = "#last"')
    await es.until_last("1")
    # As if the reading had been lost: no symbol is known.
    es.source.quote_builder.symbols.clear()
    es.source.quote_builder.take_over_from(QuoteBuilder(es.source.feed))
    es.observer.dropped += 1
    await es.until(lambda: es.lasts() == ["1", "1"])


async def test_changes_that_come_late_and_all_at_once_are_all_kept(watch: Watching) -> None:
    es = await watch("<b id=last>0</b>", '[[symbol]]\nname = "ES"\nlast = "#last"')
    await es.until_last("0")
    await es.run(
        """new Promise((done) => {
            const { port1, port2 } = new MessageChannel();
            let n = 0;
            port1.onmessage = () => { last.textContent = ++n; if (n === 60) done(); };
            for (let i = 0; i < 60; i += 1) port2.postMessage(null);
        })"""
    )
    await es.until_last("60")
    assert es.lasts() == [str(n) for n in range(61)]
