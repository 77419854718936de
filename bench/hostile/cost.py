"""What all limits cost on the way of a tick, for the report on hostile clients (`bench.cost` measures it)."""

from collections.abc import Iterator

from bench.cost.comparison import PAIRS, TICKS, compare
from bench.cost.contrasts import LIMITS
from bench.results import Row
from bench.servers import TICKQL

COST = "cost"
SUBSCRIBERS = 400


def measure_cost(starts: int) -> Iterator[Row]:
    """Compare the server with one without limits, as often as both are started."""
    yield Row(COST, TICKQL.name, SUBSCRIBERS, compare(LIMITS, SUBSCRIBERS, starts, PAIRS, TICKS).figures())
