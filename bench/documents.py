"""What one more distinct document costs: the same subscribers, all with one document or each with its own."""

from dataclasses import dataclass

from bench.connection import Subscription
from bench.delivery import Delivery
from bench.fanout import FIELDS, deliver_to, ticks
from bench.stage import Running
from bench.ticker import symbol

BASE = 10
"""Subscribers that all have one more document in common."""


@dataclass(frozen=True, slots=True)
class Documents:
    """The cost of a tick to `documents` subscribers with one document in common, and with one each."""

    documents: int
    same: Delivery
    distinct: Delivery

    @property
    def us_each(self) -> float:
        """CPU microseconds per tick that each distinct document costs beyond its delivery."""
        return (_us_per_tick(self.distinct) - _us_per_tick(self.same)) / self.documents

    def figures(self) -> dict[str, float | None]:
        """Everything, by name."""
        return {
            "us_each": self.us_each,
            "same_us_per_tick": _us_per_tick(self.same),
            "distinct_us_per_tick": _us_per_tick(self.distinct),
            "share": min(self.same.share, self.distinct.share),
        }


def compare(running: Running, documents: int, window_s: float) -> Documents:
    """Measure one server with the same and with distinct documents."""
    same, _ = deliver_to(running, _wishes([0] * documents), window_s)
    distinct, _ = deliver_to(running, _wishes(list(range(documents))), window_s)
    return Documents(documents, same, distinct)


def _wishes(numbers: list[int]) -> list[list[Subscription]]:
    base = [[ticks(symbol(0))] for _ in range(BASE)]
    return base + [[ticks(symbol(0), fields=f"{FIELDS} also{number:02}: last")] for number in numbers]


def _us_per_tick(delivery: Delivery) -> float:
    return delivery.used.server_s * 1e6 / max(1, delivery.owed)
