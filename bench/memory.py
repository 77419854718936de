"""Memory of subscribers that get nothing: their symbol is silent."""

from dataclasses import dataclass

from bench.connection import Subscription
from bench.fanout import ticks
from bench.load import Fleet
from bench.stage import Running
from bench.ticker import Pace, symbol

SILENT = Pace(idle_hz=0.001)
"""One tick at the start, and then none for a quarter of an hour."""

_FIRST = 100
"""Connected before the first weighing: what the first ones cost is not the price of one more."""
_OPEN_S = 60.0
_SETTLE_S = 1.0
_NEVER = "NEVER"
"""A symbol that nobody publishes."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What subscribers cost in one server. `opening_per_s`: how many were connected and subscribed a second."""

    subscribers: int
    kb_each: float
    opening_per_s: float

    def figures(self) -> dict[str, float | None]:
        """Everything, by name."""
        return {"kb_each": self.kb_each, "opening_per_s": self.opening_per_s}


def weigh(running: Running, subscribers: int, ever_ticked: bool) -> Weighed:
    """Weigh a server before and after so many have subscribed.

    `ever_ticked`: each has got a tick before it fell silent; otherwise the symbol has never had one.
    """
    wish = [ticks(symbol(0) if ever_ticked else _NEVER)]
    with Fleet(running.target) as fleet:
        _add(fleet, [wish] * _FIRST, ever_ticked)
        server = running.child.family()
        before_kb = server.pss_kb()
        opening_s = _add(fleet, [wish] * subscribers, ever_ticked)
        after_kb = server.pss_kb()
    return Weighed(subscribers, (after_kb - before_kb) / subscribers, subscribers / opening_s)


def _add(fleet: Fleet, wishes: list[list[Subscription]], ever_ticked: bool) -> float:
    opening_s = fleet.open(wishes, _OPEN_S)
    if ever_ticked:
        fleet.hear(_OPEN_S)
    fleet.pump(_SETTLE_S)
    return opening_s
