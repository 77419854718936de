"""Queries: `lastPrice` over HTTP, as often as a server can answer it while its symbol ticks at 100 Hz."""

import json
import time

from bench.fanout import FIELDS
from bench.httpload import Answered, Askers
from bench.stage import WARM_S, Running
from bench.ticker import symbol

CONNECTIONS = 16
_DOCUMENT = f"query ($symbol: String!) {{ lastPrice(symbol: $symbol) {{ {FIELDS} }} }}"
_BODY = json.dumps({"query": _DOCUMENT, "variables": {"symbol": symbol(0)}}).encode()
_EXPECTED = b'"lastPrice":{"seq":'
_FIRST_TICK_S = 1.0


def ask(running: Running, window_s: float, connections: int = CONNECTIONS) -> Answered:
    """Ask one server.

    Raises:
        LoadFailed: it answered something else, or not at all.
    """
    with running.ticker.at_full_rate():
        time.sleep(_FIRST_TICK_S)
        askers = Askers(running.target, _BODY, connections, _EXPECTED)
        try:
            return askers.measure(running.gauge(), WARM_S, window_s)
        finally:
            askers.close()
