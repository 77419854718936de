"""What every consumer of a broker has in common: it notes in a thread when ticks arrive."""

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import orjson

from bench.errors import ServerFailed

POLL_S = 0.05
"""How often a consumer looks whether it is to end."""


class RelayConsumer(ABC):
    """Reads the ticks that a relay has passed on, from the first one on. A context manager, entered before the relay.

    `url`: the broker. `name`: of the topic, stream or exchange. `reads_last`: LAST is when the page has changed, in
    Unix microseconds; otherwise `observed_us` is that time.
    """

    def __init__(self, url: str, name: str, *, reads_last: bool = False) -> None:
        self.url = url
        self.name = name
        self.is_ready = threading.Event()
        """Whether nothing that a relay sends from now on is missed."""
        self.ticks = 0
        self._key = "LAST" if reads_last else "observed_us"
        self._delays_ms: list[float] | None = None
        self._ends = threading.Event()
        self._thread = ThreadPoolExecutor(1)
        self._reading: Future[None] | None = None

    @abstractmethod
    def read(self) -> None:
        """Connect, set `is_ready`, and call `take` for each tick, until `is_ending`."""

    def __enter__(self) -> Self:
        self._reading = self._thread.submit(self.read)
        self._reading.add_done_callback(lambda _: self.is_ready.set())
        self.is_ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.set()
        self._thread.shutdown()

    @property
    def is_ending(self) -> bool:
        """Whether to stop reading."""
        return self._ends.is_set()

    async def until_ending(self) -> None:
        """Wait until `is_ending`."""
        await asyncio.to_thread(self._ends.wait)

    def take(self, body: bytes, now_s: float) -> None:
        """Note a tick. `now_s`: when it came, in Unix seconds."""
        self.ticks += 1
        if self._delays_ms is not None:
            self._delays_ms.append(1e3 * (now_s - float(orjson.loads(body)[self._key]) / 1e6))

    def wait_for_tick(self, deadline_s: float) -> None:
        """Wait for the first tick.

        Raises:
            ServerFailed: none has come by the deadline, or the consumer has failed.
        """
        until_s = time.monotonic() + deadline_s
        while not self.ticks:
            self._check()
            if time.monotonic() > until_s:
                raise ServerFailed(f"the consumer had no tick after {deadline_s:g} s")
            time.sleep(POLL_S)

    def start_window(self) -> None:
        """Note delays from now on."""
        self._delays_ms = []

    def end_window(self) -> list[float]:
        """Return the delays since `start_window`, in milliseconds, sorted.

        Raises:
            ServerFailed: no tick has come, or the consumer has failed.
        """
        delays_ms, self._delays_ms = self._delays_ms, None
        self._check()
        if not delays_ms:
            raise ServerFailed("no tick arrived while it was measured")
        return sorted(delays_ms)

    def _check(self) -> None:
        if self._reading is not None and self._reading.done():
            raise ServerFailed(f"the consumer has ended: {self._reading.exception()!r}")
