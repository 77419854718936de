"""Prices from WebSocket frames."""

import pytest

from feed.status import ProducerState
from tests.streams.conftest import Watching
from tests.streams.exchange import Exchange

pytestmark = pytest.mark.asyncio(loop_scope="session")

OPEN = "const open = (name) => new WebSocket(`ws://${location.host}/ws/${name}`);"
QUOTES = """
[[stream]]
from = "websocket"
url = "*/ws/quotes"
where = "type == 'quote'"
each = "data[]"
symbol = "s"
ask = "a"
bid = "b"
last = "p"
"""


def quote(*records: str) -> str:
    return '{"type": "quote", "data": [' + ",".join(records) + "]}"


async def test_every_frame_makes_its_ticks_with_the_digits_that_it_has(exchange: Exchange, watch: Watching) -> None:
    board = await watch(f"{OPEN} open('quotes')", QUOTES)
    await exchange.say(
        "quotes",
        quote('{"s": "ES", "a": 22258.50, "b": 22258.25, "p": 22258.2500000000000001}'),
        quote('{"s": "ES", "a": 22258.50, "b": 22258.50, "p": 1e2}', '{"s": "NQ", "a": "1,234.50", "b": null, "p": 7}'),
        '{"type": "heartbeat"}',
    )
    await board.until_prices("1234.50", None, "7", symbol="NQ")
    assert board.prices() == [
        ("22258.50", "22258.25", "22258.2500000000000001"),
        ("22258.50", "22258.50", "100"),
    ]
    await board.until_state(ProducerState.LIVE)
