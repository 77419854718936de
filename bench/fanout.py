"""Fan-out: the ticks of one or more symbols to many subscribers at once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from bench.connection import Subscription
from bench.delivery import Delivery
from bench.load import LoadGenerator
from bench.measure import GRACE_S, measure
from bench.stage import WARM_S, Running
from bench.ticker import symbol

FIELDS = "seq timestamp ask bid last"
"""What every server is asked for: five fields, some 185 bytes a message."""
_OPEN_S = 60.0
_FIRST_MESSAGES_S = 20.0


@dataclass(frozen=True, slots=True)
class SubscriberSpec:
    """The subscribers of a measurement.

    Each connection subscribes to `symbols` symbols. With `spread_over`, each connection subscribes to one symbol, and
    `spread_over` symbols are shared evenly among the connections.
    `pace_hz`: `maxHz` of each subscription; `None`: every tick. `fixed_ids`: 1, 2, ... like gql; else UUIDs.
    """

    connections: int
    symbols: int = 1
    pace_hz: float | None = None
    fixed_ids: bool = False
    spread_over: int = 1

    def subscriptions_by_connection(self) -> list[list[Subscription]]:
        """The subscriptions of each connection."""
        return [
            [
                self._subscription((connection + number) % max(self.spread_over, self.symbols))
                for number in range(self.symbols)
            ]
            for connection in range(self.connections)
        ]

    def _subscription(self, number: int) -> Subscription:
        name = f"{number + 1:0{len(str(self.symbols))}}" if self.fixed_ids else str(uuid.uuid4())
        return ticks(symbol(number), self.pace_hz, name=name)


def ticks(of: str, pace_hz: float | None = None, fields: str = FIELDS, name: str | None = None) -> Subscription:
    """A subscription to one symbol."""
    name = name or str(uuid.uuid4())
    if pace_hz is None:
        document = f"subscription ($symbol: String!) {{ ticks(symbol: $symbol) {{ {fields} }} }}"
        return Subscription(document, {"symbol": of}, name)
    fields = fields.replace("seq ", "seq skipped ")
    document = f"subscription ($symbol: String!, $hz: Float) {{ ticks(symbol: $symbol, maxHz: $hz) {{ {fields} }} }}"
    return Subscription(document, {"symbol": of, "hz": pace_hz}, name)


def deliver(
    running: Running, spec: SubscriberSpec, window_s: float, grace_s: float = GRACE_S
) -> tuple[Delivery, float]:
    """Subscribe and measure the delivery. Return it, and the seconds that subscribing took."""
    return deliver_to(running, spec.subscriptions_by_connection(), window_s, spec.pace_hz, grace_s)


def deliver_to(
    running: Running,
    subscriptions_by_connection: Sequence[Sequence[Subscription]],
    window_s: float,
    pace_hz: float | None = None,
    grace_s: float = GRACE_S,
) -> tuple[Delivery, float]:
    """Do the same for any subscriptions.

    Raises:
        LoadFailed: the server does not hold them.
    """

    def owed(from_us: int, to_us: int) -> int:
        if pace_hz is not None:
            return round((to_us - from_us) / 1e6 * pace_hz)
        return running.ticker.ticks_between(from_us, to_us)

    with LoadGenerator(running.target) as load:
        opening_s = load.open(subscriptions_by_connection, _OPEN_S)
        load.wait_for_first_messages(_FIRST_MESSAGES_S)
        with running.ticker.at_full_rate():
            load.receive_for(WARM_S)
            return measure(load, running.gauge(), window_s, owed, grace_s), opening_s
