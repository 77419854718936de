"""`tickql check` fails where the producer would lose or doubt something, though all that it reads is live."""

from pathlib import Path

import pytest

from tests.support.site import Site
from tickql.feed.status import ProducerState
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.inspect.inspection import Inspection
from tickql.producer.inspect.inspector import Inspector

pytestmark = pytest.mark.asyncio(loop_scope="session")

# One page with a table for each case, so that the browser starts once.
PAGE = """<!doctype html><title>Board</title>
<p class=twice data-s=ES><b>5310.25</b> <b>12</b></p> <p class=twice data-s=NQ><b>12.5</b></p>
<p class=flapping data-s=CL><b id=flapping>12.50</b></p>
<p class=crossed data-s=GC><b>12.5</b> <i>13.5</i></p>
<script>
let n = 0;
const timer = setInterval(() => {
  n += 1;
  flapping.textContent = n === 15 ? "12.30 x 400" : (12 + n / 100).toFixed(2);
  if (n === 25) clearInterval(timer);
}, 60);
</script>"""
RULES = """[[table]]
rows = ".twice"
symbol = { attribute = "data-s" }
last = "b"
[[table]]
rows = ".flapping"
symbol = { attribute = "data-s" }
last = "b"
[[table]]
rows = ".crossed"
symbol = { attribute = "data-s" }
ask = "b"
bid = "i"
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feed") / "feed.toml"


async def _inspected(path: Path) -> Inspection:
    async with Site() as site:
        url = site.put("/", PAGE)
        feed = FeedFile.parse(f'[page]\nurl = "{url}"\nrobots = "ignore"\n{RULES}', path)
        return await Inspector(feed).inspect(2.5, lambda found: False)


async def test_losses_and_doubts_are_reasons_and_the_page_is_not_live(path: Path) -> None:
    found = await _inspected(path)
    assert not found.is_live
    assert found.state is ProducerState.DEGRADED
    assert found.reason is not None
    assert 'ES: last: "b" matches 2 elements' in found.reason
    assert "texts were no price; it shows '12.30 x 400'" in found.reason
    assert "GC: bid 13.5 is above ask 12.5" in found.reason
