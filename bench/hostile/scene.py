"""Where attacks take place: a server on a core of its own, its neighbours, and the attackers."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from bench.child import Child, free_port
from bench.delivery import Delivery
from bench.errors import LoadFailed
from bench.fanout import SubscriberSpec
from bench.hostile.background import move_to_servers_core
from bench.hostile.resources import Sampler
from bench.load import LoadGenerator
from bench.measure import measure
from bench.servers import TICKQL, Place, Server
from bench.stage import WARM_S, Running, Stage
from bench.ticker import Pace

NEIGHBOURS = 50
TICKS_HZ = 50.0
NAMESPACE = "hostile"
_HISTORY_TICKS, _HISTORY_HZ = 3000, 1000.0
_OPEN_S = 20.0
_GRACE_S = 0.5
_READY_S = 60.0
_POLL_S = 0.05


def attacked_server(environment: Mapping[str, str] | None = None) -> Server:
    """Return tickql with its default limits. All servers of a stage share one feed, which has a history."""

    def variables(place: Place) -> dict[str, str]:
        return {"TICKQL_REDIS_URL": place.redis_url, "TICKQL_NAMESPACE": NAMESPACE, **(environment or {})}

    def feed(place: Place) -> list[str]:
        return ["--to", place.redis_url, "--namespace", NAMESPACE]

    return replace(TICKQL, environment=variables, feed=feed)


def make_history(stage: Stage) -> None:
    """Publish some thousand ticks, so that pages of them can be asked for."""
    times = stage.folder / "history-times"
    feed = ["--to", stage.redis_url, "--namespace", NAMESPACE, "--idle", str(_HISTORY_HZ), "--times", str(times)]
    with stage.child("history", [sys.executable, "-m", "bench.ticker", "feed", *feed]) as ticker:
        ticker.wait_until(lambda: times.exists() and times.stat().st_size >= 8 * _HISTORY_TICKS, "made too few ticks")


@contextmanager
def sink(stage: Stage) -> Iterator[int]:
    """Run the port that does nothing."""
    port = free_port()
    with stage.child("sink", [sys.executable, "-m", "bench.hostile.sink", str(port)]) as child:
        child.wait_for_port(port)
        move_to_servers_core(child.processes[0].pid)
        yield port


@contextmanager
def statuses(stage: Stage) -> Iterator[None]:
    """Publish the states of thousands of symbols, which change."""
    command = [sys.executable, "-m", "bench.hostile.statuses", stage.redis_url, NAMESPACE]
    with stage.child("statuses", command):
        yield


class Attacker:
    """A running attacker. `answers`: how it was answered, once it has ended."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self.answers: Counter[str] = Counter()

    @property
    def is_ready(self) -> bool:
        """Whether the attack has begun, or all connections are open that it holds."""
        return "ready" in self._child.last_output()

    def read_answers(self) -> None:
        """Read them from what the process has printed."""
        last = self._child.last_output().rsplit(" / ", 1)[-1]
        self.answers = Counter(json.loads(last)) if last.startswith("{") else Counter({last: 1})


@contextmanager
def attacker(stage: Stage, name: str, port: int, count: int = 0) -> Iterator[Attacker]:
    """Run an attacker against a port."""
    command = [sys.executable, "-m", "bench.hostile.attacker", name, str(port), "--count", str(count)]
    with stage.child(name, command) as child:
        attacking = Attacker(child)
        yield attacking
    attacking.read_answers()


class Scene:
    """A server and its neighbours, all of which get each tick."""

    def __init__(self, running: Running, load: LoadGenerator) -> None:
        self.port = running.target.port
        self.load = load
        self._running = running
        self._pid = running.child.processes[0].pid

    def measure(self, window_s: float) -> Delivery:
        """Measure what the neighbours get, and what the server uses."""
        owed = self._running.ticker.ticks_between
        return measure(self.load, self._running.gauge(), window_s, owed, _GRACE_S)

    def wait_for(self, attacker: Attacker) -> None:
        """Wait until the attack has begun, and have the neighbours read meanwhile.

        Raises:
            LoadFailed: it has not begun in time.
        """
        deadline_s = time.monotonic() + _READY_S
        while not attacker.is_ready:
            if time.monotonic() > deadline_s:
                raise LoadFailed(f"the attacker has not begun within {_READY_S:g} s")
            self.load.receive_for(_POLL_S)

    def sampler(self) -> Sampler:
        """Return a sampler of the server's memory and descriptors."""
        return Sampler(self._pid)


@contextmanager
def scene(stage: Stage, server: Server, neighbours: int = NEIGHBOURS) -> Iterator[Scene]:
    """Start a server, and subscribe its neighbours."""
    with stage.serve(server, pace=Pace(TICKS_HZ)) as running:
        move_to_servers_core(running.child.processes[0].pid)
        with LoadGenerator(running.target) as load:
            load.open(SubscriberSpec(neighbours).subscriptions_by_connection(), _OPEN_S)
            load.wait_for_first_messages(_OPEN_S)
            with running.ticker.at_full_rate():
                load.receive_for(WARM_S)
                yield Scene(running, load)
