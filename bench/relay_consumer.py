"""A consumer of Kafka that notes when ticks arrive, in a thread."""

import threading
import time
from types import TracebackType
from typing import Any, Self

import orjson
from confluent_kafka import Consumer

from bench.errors import ServerFailed

_POLL_S = 0.05
_READ_AT_ONCE = 500


class KafkaConsumer:
    """Reads what is committed in one topic. `reads_last`: LAST is when the page has changed, in Unix microseconds."""

    def __init__(self, servers: str, topic: str, *, reads_last: bool = False) -> None:
        self.ticks = 0
        self.last_s = 0.0
        """When the newest tick came, in monotonic seconds."""
        self._key = "LAST" if reads_last else "observed_us"
        self._delays_ms: list[float] | None = None
        self._ends = threading.Event()
        self._consumer = Consumer(
            {
                "bootstrap.servers": servers,
                "group.id": f"bench-{topic}",
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "topic.metadata.refresh.interval.ms": 500,
                "allow.auto.create.topics": False,
                "fetch.wait.max.ms": 100,
                "fetch.queue.backoff.ms": 1,
                "socket.nagle.disable": True,
            }
        )
        self._consumer.subscribe([topic])
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.set()
        self._thread.join()
        self._consumer.close()

    def start_window(self) -> None:
        """Note delays from now on."""
        self._delays_ms = []

    def end_window(self) -> list[float]:
        """Return the delays since `start_window`, in milliseconds, sorted."""
        delays_ms, self._delays_ms = self._delays_ms, None
        if not delays_ms:
            raise ServerFailed("no tick arrived while it was measured")
        return sorted(delays_ms)

    def wait_for(self, ticks: int, deadline_s: float) -> None:
        """Wait until so many ticks have come.

        Raises:
            ServerFailed: they have not by the deadline.
        """
        until_s = time.monotonic() + deadline_s
        while self.ticks < ticks:
            if time.monotonic() > until_s:
                raise ServerFailed(f"the consumer had {self.ticks} ticks after {deadline_s:g} s")
            time.sleep(_POLL_S)

    def wait_until_quiet(self, quiet_s: float) -> None:
        """Wait until no tick has come for so long."""
        while time.monotonic() - self.last_s < quiet_s:
            time.sleep(_POLL_S)

    def _read(self) -> None:
        while not self._ends.is_set():
            # The first message that is there ends the wait, and the others that are there come with it.
            first = self._consumer.poll(_POLL_S)
            if first is None:
                continue
            messages = [first, *self._consumer.consume(_READ_AT_ONCE, 0)]
            now_s = time.time()
            for message in messages:
                if message.error() is None:
                    self._take(message.value(), now_s)
            self.last_s = time.monotonic()

    def _take(self, body: Any, now_s: float) -> None:
        self.ticks += 1
        if self._delays_ms is not None:
            self._delays_ms.append(1e3 * (now_s - float(orjson.loads(body)[self._key]) / 1e6))
