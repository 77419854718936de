"""Every metric of a relay, and its values. `relay` is the relay's name."""

from collections.abc import Mapping

from tickql.feed.metrics import Kind, Metric, Samples, Value
from tickql.relay.tally import DELAY_BOUNDS_S, SEND_BOUNDS_S, Tally

_RELAY = ("relay",)

TICKS = Metric("tickql_relay_ticks_total", Kind.COUNTER, "Ticks that the broker has confirmed.", _RELAY)
GAPS = Metric(
    "tickql_relay_gaps_total",
    Kind.COUNTER,
    "Gaps that the broker has confirmed: ticks that the feed could not deliver.",
    _RELAY,
    "Rising: the broker or the relay was away for longer than Redis keeps ticks. Raise TICKQL_HISTORY_TICKS.",
)
STATUSES = Metric("tickql_relay_statuses_total", Kind.COUNTER, "Statuses that the broker has confirmed.", _RELAY)
BATCHES = Metric("tickql_relay_batches_total", Kind.COUNTER, "Batches that the broker has confirmed.", _RELAY)
QUEUED = Metric(
    "tickql_relay_queued_ticks",
    Kind.GAUGE,
    "Ticks that wait in the relay's memory.",
    _RELAY,
    "Always above some thousands: the broker takes less than the feed has. Ticks then wait in Redis.",
)
SYMBOLS = Metric("tickql_relay_symbols", Kind.GAUGE, "Symbols that are relayed.", _RELAY)
LEASE_HELD = Metric(
    "tickql_relay_lease_held",
    Kind.GAUGE,
    "1 for the relay that works, 0 for a standby.",
    _RELAY,
    "The sum over all relays of a name is 1. 0 for longer than 5 s: none of them reaches Redis.",
)
BROKER_UP = Metric(
    "tickql_relay_broker_up",
    Kind.GAUGE,
    "1 while the broker takes messages, else 0. Only of a holder of the lease.",
    _RELAY,
    "Start the broker, or look at the network. The log has the reason.",
)
OPENS = Metric(
    "tickql_relay_broker_opens_total",
    Kind.COUNTER,
    "Times that the relay has opened its connection and read its place.",
    _RELAY,
    "Several an hour: look at the broker's log and the network.",
)
FAILURES = Metric(
    "tickql_relay_broker_failures_total", Kind.COUNTER, "Times that the broker was away, or took nothing.", _RELAY
)
SEND = Metric(
    "tickql_relay_send_seconds",
    Kind.HISTOGRAM,
    "Time that the broker took to confirm a batch.",
    _RELAY,
    "Rising: the broker is too slow, or its disk is.",
    bounds=SEND_BOUNDS_S,
)
DELAY = Metric(
    "tickql_relay_delay_seconds",
    Kind.HISTOGRAM,
    "Age of the oldest tick of a batch when the broker confirmed it, by the clocks of producer and relay.",
    _RELAY,
    bounds=DELAY_BOUNDS_S,
)

METRICS = (
    TICKS, GAPS, STATUSES, BATCHES, QUEUED, SYMBOLS, LEASE_HELD, BROKER_UP, OPENS, FAILURES, SEND, DELAY,
)  # fmt: skip


def read(tallies: Mapping[str, Tally]) -> Samples:
    """Return the values now. `tallies`: by the name of the relay."""
    samples: Samples = {metric.name: {} for metric in METRICS}
    for name, tally in tallies.items():
        for metric, value in _values(tally).items():
            samples[metric.name][name,] = value
    return samples


def _values(tally: Tally) -> dict[Metric, Value]:
    values: dict[Metric, Value] = {
        TICKS: tally.ticks,
        GAPS: tally.gaps,
        STATUSES: tally.statuses,
        BATCHES: tally.batches,
        QUEUED: tally.queued,
        SYMBOLS: tally.symbols,
        LEASE_HELD: float(tally.is_holder),
        OPENS: tally.opens,
        FAILURES: tally.failures,
        SEND: tally.send_s.counts,
        DELAY: tally.delay_s.counts,
    }
    if tally.is_holder:
        values[BROKER_UP] = float(tally.is_broker_up)
    return values
