"""Numbers that count up or down to each new price: only what stands still is one."""

import pytest

from tests.support.watching import FAST, Watched, Watching
from tickql.feed.status import ProducerState

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Each row counts to its next price in 0.2 s, once in 0.6 s. `truth`: by symbol, each price and when it was reached.
BOARD = """
<table><tbody id=rows></tbody></table>
<script>
    const truth = {};
    let frames = 0;
    function countTo(cell, from, to, name) {
        const start = performance.now();
        const step = () => {
            const part = Math.min(1, (performance.now() - start) / 200);
            cell.textContent = (from + (to - from) * part).toFixed(2);
            frames += 1;
            if (part < 1) requestAnimationFrame(step);
            else truth[name].push([cell.textContent, Date.now()]);
        };
        requestAnimationFrame(step);
    }
    function run(name, changes) {
        const row = rows.insertRow();
        row.innerHTML = `<td class=s>${name}<td class=last>100.00<td class=bid>0`;
        truth[name] = [['100.00', Date.now()]];
        let price = 100;
        return new Promise((done) => {
            const timer = setInterval(() => {
                const next = price + 1000 * (changes % 3 + 1) * (changes % 2 ? 1 : -1) + changes;
                row.cells[2].textContent = changes;
                countTo(row.cells[1], price, price = next, name);
                changes -= 1;
                if (changes) return;
                clearInterval(timer);
                done();
            }, 600);
        });
    }
</script>
<b id=restless>1.00</b><script>
    let n = 0;
    let turning = setInterval(() => { restless.textContent = (1 + ++n / 100).toFixed(2); }, 30);
</script>"""
RULES = """
[[table]]
rows = "tr"
symbol = ".s"
last = { selector = ".last", settle = 0.25 }
bid = ".bid"
[[symbol]]
name = "RTY"
last = { selector = "#restless", settle = 0.3 }
"""
CHANGES = {"ES": 8, "NQ": 8, "YM": 8, "CL": 7}


# On a busy machine a price of this page may stand for less than it has to: then it is no price.
@pytest.mark.long
async def test_a_number_that_counts_to_its_price_gives_one_tick_for_each_price(watch: Watching) -> None:
    board = await watch(BOARD, RULES, timings=FAST)
    await board.run(f"Promise.all({list(map(list, CHANGES.items()))}.map(([name, changes]) => run(name, changes)))")
    for symbol, changes in CHANGES.items():
        await _until_changes(board, symbol, changes)
    truth = await board.run("truth")
    assert await board.run("frames") > 4 * sum(CHANGES.values())
    for symbol, shown in truth.items():
        assert _runs(board.lasts(symbol)) == [text for text, _ in shown]
        # The price beside it is not held up, and nothing counts as lost.
        assert len({quote.bid for quote in board.quotes if quote.symbol == symbol}) >= CHANGES[symbol]
        assert not any(quote.merged for quote in board.quotes)
        times = {quote.last: quote.observed_us / 1000 for quote in reversed(board.quotes) if quote.symbol == symbol}
        late = [times[text] - at for text, at in shown[1:]]
        assert max(map(abs, late)) < 200, "the time of a tick is that of the text, not of the end of the wait"
    # What never stands still is told, and not published until it does.
    await board.until_reason("it has not stood still for 0.3 s")
    assert board.lasts("RTY") == []
    await board.run("clearInterval(turning), restless.textContent = '7.00'")
    await board.until_last("7.00", "RTY")
    await board.until_state(ProducerState.LIVE)
    assert board.lasts("RTY") == ["7.00"]


# On a busy machine a number on its way may stand still for as long as a price.
@pytest.mark.long
async def test_only_the_number_that_stands_still_is_a_price(watch: Watching) -> None:
    board = await watch(BOARD, RULES, timings=FAST)
    await board.run("run('ES', 1)")
    await board.until(lambda: len(_runs(board.lasts("ES"))) == 2)
    assert _runs(board.lasts("ES")) == ["100.00", "2101.00"]


async def _until_changes(board: Watched, symbol: str, changes: int) -> None:
    await board.until(lambda: len(_runs(board.lasts(symbol))) > changes)


def _runs(prices: list[str | None]) -> list[str]:
    """The prices without repeats, which ticks of other prices make."""
    return [
        price for before, price in zip([None, *prices], prices, strict=False) if price is not None and price != before
    ]
