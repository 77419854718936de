"""What this process has sent to its clients, and what it has refused: plain numbers, which `/metrics` reads.

They are counted per batch of messages and not per message: the fan-out must not become slower.
"""

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from tickql.feed.tick import Event, GapReason

LATENCY_BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""The upper bounds of the buckets of a latency."""
_BOUNDS_US = tuple(round(bound * 1e6) for bound in LATENCY_BOUNDS_S)


class Transport(StrEnum):
    """How results of operations reach a client."""

    WEBSOCKET = "websocket"
    """graphql-transport-ws."""
    SSE = "sse"
    MULTIPART = "multipart"
    PLAIN_WEBSOCKET = "plain_websocket"
    """`/ws/<symbol>`."""


class EventSource(Protocol):
    """What the fan-out makes messages of."""

    @property
    def value(self) -> Event:
        """The event."""


class Latencies:
    """A histogram of latencies. `counts`: by bucket, the last one for what is beyond every bound.

    The clocks of two machines may differ: a negative latency counts as none.
    """

    __slots__ = ("counts", "sum_us")

    def __init__(self) -> None:
        self.counts = [0] * (len(_BOUNDS_US) + 1)
        self.sum_us = 0


class Traffic:
    """The numbers of this process since its start; `connections` and `operations` are those open now."""

    __slots__ = (
        *("cached_answers", "connections", "gaps", "messages", "operations", "page_to_send", "publish_to_send"),
        *("skipped", "slow_closes", "_written"),
    )

    def __init__(self) -> None:
        self.messages: dict[str, int] = dict.fromkeys(Transport, 0)
        self.operations: dict[str, int] = dict.fromkeys(Transport, 0)
        self.gaps: Counter[str] = Counter(dict.fromkeys(GapReason, 0))
        """Gaps that subscribers were told of, by reason."""
        self.skipped = 0
        """Ticks that subscribers got no message for, because a newer one replaced them."""
        self.publish_to_send = Latencies()
        self.page_to_send = Latencies()
        self.connections = 0
        self.slow_closes = 0
        self.cached_answers = 0
        self._written: list[tuple[Sequence[EventSource], int]] = []

    def live(self, transport: Transport, events: Sequence[EventSource], receivers: int) -> None:
        """Count events that are about to be written to live subscribers. `finish_live` follows when they are."""
        self.messages[transport] += receivers * len(events)
        self._written.append((events, receivers))

    def finish_live(self) -> None:
        """Measure the latencies of what `live` has counted: up to the moment when the last one was written."""
        now_us = time.time_ns() // 1000
        publish, page = self.publish_to_send, self.page_to_send
        # Runs for each tick: no call of a method, which would cost more than the rest.
        for events, receivers in self._written:
            for event in events:
                tick, _, gap = event.value
                latency_us = now_us - tick.published_us
                publish.counts[bisect_left(_BOUNDS_US, latency_us)] += receivers
                publish.sum_us += latency_us * receivers if latency_us > 0 else 0
                latency_us = now_us - tick.observed_us
                page.counts[bisect_left(_BOUNDS_US, latency_us)] += receivers
                page.sum_us += latency_us * receivers if latency_us > 0 else 0
                if gap is not None:
                    self.gaps[gap.reason] += receivers
        self._written.clear()

    def sent(self, transport: Transport, events: Sequence[Event], messages: int) -> None:
        """Count messages with events that were sent to one subscriber, other than live: it catches up, or is paced."""
        self.messages[transport] += messages
        for event in events:
            self.skipped += event.skipped
            if event.gap is not None:
                self.gaps[event.gap.reason] += 1


traffic = Traffic()
"""The numbers of this process."""
