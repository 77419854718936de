"""Memory of subscribers that get nothing: their symbol is silent."""

from dataclasses import dataclass

from bench.connection import Subscription
from bench.fanout import ticks
from bench.load import LoadGenerator
from bench.stage import Running
from bench.ticker import Pace, symbol

SILENT = Pace(idle_hz=0.001)
"""One tick at the start, and then none for a quarter of an hour."""

_FIRST = 100
"""Connected before the first reading. The first subscribers cost more: they are not counted."""
_OPEN_S = 60.0
_SETTLE_S = 1.0
_NEVER = "NEVER"
"""A symbol that nobody publishes."""


@dataclass(frozen=True, slots=True)
class MemoryCost:
    """What subscribers cost in one server. `opening_per_s`: how many were connected and subscribed a second."""

    subscribers: int
    kb_each: float
    opening_per_s: float

    def figures(self) -> dict[str, float | None]:
        """Everything, by name."""
        return {"kb_each": self.kb_each, "opening_per_s": self.opening_per_s}


def measure_memory(running: Running, subscribers: int, ever_ticked: bool) -> MemoryCost:
    """Measure the memory of a server before and after `subscribers` have subscribed.

    `ever_ticked`: each has got a tick before it fell silent; otherwise the symbol has never had one.
    """
    subscriptions = [ticks(symbol(0) if ever_ticked else _NEVER)]
    with LoadGenerator(running.target) as load:
        _add(load, [subscriptions] * _FIRST, ever_ticked)
        server = running.child.process_tree()
        before_kb = server.pss_kb()
        opening_s = _add(load, [subscriptions] * subscribers, ever_ticked)
        after_kb = server.pss_kb()
    return MemoryCost(subscribers, (after_kb - before_kb) / subscribers, subscribers / opening_s)


def _add(load: LoadGenerator, subscriptions_by_connection: list[list[Subscription]], ever_ticked: bool) -> float:
    opening_s = load.open(subscriptions_by_connection, _OPEN_S)
    if ever_ticked:
        load.wait_for_first_messages(_OPEN_S)
    load.receive_for(_SETTLE_S)
    return opening_s
