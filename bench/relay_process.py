"""A relay as a process that is measured: it counts what its broker has confirmed."""

import re
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.child import Child, free_port
from bench.errors import LoadFailed

_DEADLINE_S = 60.0
_POLL_S = 0.02
_TICKS = re.compile(r"^tickql_relay_ticks_total\{[^}]*\} (\S+)$", re.MULTILINE)
_SENT = re.compile(r'^tickql_relay_delay_seconds_(bucket\{[^}]*le="0.05"[^}]*\}|count\{[^}]*\}) (\S+)$', re.MULTILINE)


class RelayProcess:
    """A relay that runs. `port`: of its metrics."""

    def __init__(self, child: Child, port: int) -> None:
        self.tree = child.process_tree()
        self._address = f"http://127.0.0.1:{port}/metrics"

    def ticks(self) -> float:
        """Ticks that the broker has confirmed."""
        match = _TICKS.search(self._metrics())
        return float(match[1]) if match else 0.0

    def batches(self) -> tuple[float, float]:
        """Batches whose oldest tick was confirmed within 50 ms, and all batches."""
        found = {kind[:5]: float(count) for kind, count in _SENT.findall(self._metrics())}
        return found.get("bucke", 0.0), found.get("count", 0.0)

    def wait_for(self, ticks: float) -> float:
        """Wait until the broker has so many. Return how many it has.

        Raises:
            LoadFailed: it has not within a minute.
        """
        end = time.monotonic() + _DEADLINE_S
        while (there := self.ticks()) < ticks:
            if time.monotonic() > end:
                raise LoadFailed(f"the broker has {there:.0f} of {ticks:.0f} ticks after {_DEADLINE_S:g} s")
            time.sleep(_POLL_S)
        return there

    def _metrics(self) -> str:
        with urllib.request.urlopen(self._address, timeout=_DEADLINE_S) as answer:
            text: str = answer.read().decode()
        return text


@contextmanager
def run_relay(folder: Path, redis_url: str, namespace: str, broker_url: str) -> Iterator[RelayProcess]:
    """Run a relay of one feed. Its output goes to a file in `folder`."""
    port = free_port()
    environment = {
        "TICKQL_REDIS_URL": redis_url,
        "TICKQL_NAMESPACE": namespace,
        "TICKQL_RELAY_TO": broker_url,
        "TICKQL_RELAY_NAME": "bench",
        "TICKQL_RELAY_METRICS_PORT": str(port),
    }
    with Child(f"relay-{namespace}", [sys.executable, "-m", "tickql", "relay"], folder, environment) as child:
        child.wait_for_port(port)
        yield RelayProcess(child, port)
