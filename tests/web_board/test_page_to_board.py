"""The whole chain, from the page that is watched to the board: the digits are the page's."""

from pathlib import Path

import pytest

from tests.support import demo_market
from tests.support.process import program
from tests.support.site import Site
from tests.web_board.conftest import OpenBoard
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings

pytestmark = pytest.mark.long

# As pages write prices, and as they read without grouping, fractions and signs.
_PRICES = {
    "ES": ("6,102.25", "6102.25"),
    "INDEX": ("1,244,518.5", "1244518.5"),
    "NG": ("4.060", "4.060"),
    "EUR/USD": ("1.08520", "1.08520"),
    "BTC": ("0.00001230", "0.00001230"),
    "SPREAD": ("\u22120.05", "-0.05"),
}
_FEED = """\
[page]
url = "{url}"

[[table]]
rows = "tr"
symbol = "th"
last = "td"
"""


async def test_the_board_shows_what_the_page_shows_digit_for_digit(
    feed_settings: FeedSettings, open_board: OpenBoard, tmp_path: Path
) -> None:
    rows = "".join(f"<tr><th>{symbol}</th><td>{shown}</td></tr>" for symbol, (shown, _) in _PRICES.items())
    environment = {"TICKQL_REDIS_URL": feed_settings.redis_url, "TICKQL_NAMESPACE": feed_settings.namespace}
    async with Site() as site:
        feed = tmp_path / "feed.toml"
        feed.write_text(_FEED.format(url=site.put("/", f"<table>{rows}</table>")))
        async with (
            program("-m", "tickql", "produce", str(feed), environment=environment),
            demo_market.api(feed_settings, free_port()) as graphql,
        ):
            screen = await open_board(graphql.removesuffix("graphql"))
            for symbol, (_, digits) in _PRICES.items():
                await screen.shows(symbol, "last", digits)
            assert screen.faults == []
