"""A page that changes faster than readings can be sent: the status is DEGRADED, and all prices are right and new."""

import os
from pathlib import Path

import pytest

from tests.support.watching import BOARD_TABLE, Watching
from tickql.feed.status import ProducerState

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]

ROWS = 2_000
# A million texts a second, as far as the browser gets: each round changes every price of every row.
FLOOD = f"""<table id=board></table><script>
    board.innerHTML = Array.from({{ length: {ROWS} }}, (_, i) => `<tr><td>S${{i}}<td>1<td>1<td>1</tr>`).join('');
    const cells = [...board.rows].map((row) => [1, 2, 3].map((at) => row.cells[at].firstChild));
    let n = 0, flooding = true;
    const flood = () => {{
        n += 1;
        for (const row of cells) for (const cell of row) cell.data = `${{n}}`;
        if (flooding) setTimeout(flood);
    }};
</script>"""


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def test_a_flood_of_changes_degrades_the_page_and_ends_with_the_newest_price(watch: Watching) -> None:
    board = await watch(FLOOD, BOARD_TABLE)
    await board.until_count(ROWS)
    await board.until_state(ProducerState.LIVE)
    before_mb = resident_mb()
    await board.run("flood()")
    reason = await board.until_state(ProducerState.DEGRADED)
    assert "keep up" in reason or "timers run at" in reason
    last = await board.run("flooding = false, n")
    shown = int(last)
    await board.until(lambda: {board.lasts(f"S{row}")[-1] for row in (0, ROWS - 1)} <= {str(shown), str(shown + 1)})
    await board.until_state(ProducerState.LIVE)
    for row in (0, ROWS // 2, ROWS - 1):
        prices = board.prices(f"S{row}")
        assert all(ask == bid == last for ask, bid, last in prices), "each quote is what stood there at one moment"
        seen = [int(last or "") for _, _, last in prices]
        assert seen == sorted(set(seen))
    kept_mb = 0.0005 * len(board.quotes)
    assert resident_mb() - before_mb < 150 + kept_mb
