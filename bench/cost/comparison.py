"""Compares two servers: CPU of the server process per delivered message, in pairs of equal work."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import median

from bench.cost.contrasts import Contrast
from bench.errors import LoadFailed
from bench.fanout import SubscriberSpec
from bench.hostile.background import move_to_servers_core, off_the_servers_core
from bench.load import LoadGenerator
from bench.measure import uncollected
from bench.process_tree import cpu_s
from bench.results import Figures
from bench.servers import Place, Server
from bench.stage import Running, Stage
from bench.ticker import ONE_TICK, Pace

STARTS, PAIRS, TICKS = 12, 30, 20
"""These take less than 4 minutes. A measurement is short, so that what disturbs it disturbs the other one, too."""
_WARM_TICKS = 100
_PACE = Pace(idle_hz=0.001)
"""One tick at the start, so that each subscriber gets a first message, and then only those that are asked for."""
_OPEN_S = 60.0
_POLL_S = 0.001
_DEADLINE_S = 60.0


class Side:
    """One of the two servers, with its subscribers. It does nothing between two measurements."""

    def __init__(self, running: Running, load: LoadGenerator) -> None:
        self._tick = partial(os.kill, running.ticker.child.processes[0].pid, ONE_TICK)
        self._load = load
        self._pid = running.child.processes[0].pid

    def us_per_message(self, ticks: int) -> float:
        """Have so many ticks made and delivered. Return the server's CPU microseconds per message.

        Each tick is made when the one before it has come to everybody. Ticks at a fixed rate would meet a server that
        has had to wait for its core, which then writes several of them at once, for less.

        Raises:
            LoadFailed: messages are missing, or out of order.
        """
        load, arrivals = self._load, self._load.arrivals
        arrivals.begin()
        before_s = cpu_s(self._pid)
        for number in range(1, ticks + 1):
            self._tick()
            self._receive(number * len(load))
        used_s = cpu_s(self._pid) - before_s
        arrivals.end()
        if arrivals.irregular or load.lost or len(arrivals.late_us) != ticks * len(load):
            raise LoadFailed(f"{arrivals.irregular} messages out of order, {load.lost} connections lost")
        return used_s * 1e6 / len(arrivals.late_us)

    def answer_pings(self) -> None:
        """Answer what the server has asked while the other one was measured: it disconnects who is silent for 40 s."""
        self._load.receive_for(_POLL_S)

    def _receive(self, messages: int) -> None:
        """Receive until so many messages of this measurement have come."""
        end = time.monotonic() + _DEADLINE_S
        while len(self._load.arrivals.late_us) < messages:
            self._load.receive_for(_POLL_S)
            if time.monotonic() > end:
                raise LoadFailed(
                    f"{len(self._load.arrivals.late_us)} of {messages} messages came within {_DEADLINE_S:g} s, "
                    f"{self._load.lost} connections were lost"
                )


@contextmanager
def _side(stage: Stage, server: Server, subscribers: int) -> Iterator[Side]:
    with stage.serve(_undisturbed(server), pace=_PACE) as running, LoadGenerator(running.target) as load:
        move_to_servers_core(running.child.processes[0].pid)
        load.open(SubscriberSpec(subscribers).subscriptions_by_connection(), _OPEN_S)
        load.wait_for_first_messages(_OPEN_S)
        side = Side(running, load)
        side.us_per_message(_WARM_TICKS)
        yield side


def _undisturbed(server: Server) -> Server:
    """The same server without pings in between, and with dictionaries that are the same after each start."""

    def environment(place: Place) -> dict[str, str]:
        return {**server.environment(place), "TICKQL_PING_INTERVAL_S": "3600", "PYTHONHASHSEED": "0"}

    return replace(server, environment=environment)


@dataclass(slots=True)
class Comparison:
    """What was measured: for each start of the two servers the pairs of microseconds per message, with and without."""

    starts: list[list[tuple[float, float]]] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """The median over the starts of the medians of their pairs."""
        return median(map(_ratio, self.starts))

    def figures(self) -> Figures:
        """Everything, by name. `ratio_low` and `ratio_high` are the quartiles of the starts."""
        pairs = [pair for start in self.starts for pair in start]
        starts = sorted(map(_ratio, self.starts))
        return {
            "starts": len(starts),
            "pairs": len(pairs),
            "with_us": median(one for one, _ in pairs),
            "without_us": median(other for _, other in pairs),
            "ratio": self.ratio,
            "ratio_low": starts[len(starts) // 4],
            "ratio_high": starts[-1 - len(starts) // 4],
            "lowest_start": starts[0],
            "highest_start": starts[-1],
        }


def _ratio(pairs: list[tuple[float, float]]) -> float:
    return median(one / other for one, other in pairs)


def compare(contrast: Contrast, subscribers: int, starts: int, pairs: int, ticks: int) -> Comparison:
    """Compare two servers: `starts` times both are started, and do `pairs` times the same work in turn.

    Two processes of the same program differ by a percent or two for as long as they run, because of where their memory
    lies. So the number of starts counts more than that of pairs.
    """
    found = Comparison()
    with off_the_servers_core(), Stage() as stage, contrast.prepared(contrast.with_it) as with_it:
        pair = replace(contrast, with_it=with_it)
        for number in range(starts):
            found.starts.append(_one_start(stage, pair, subscribers, pairs, ticks, number % 2 == 1))
    return found


def _one_start(
    stage: Stage, contrast: Contrast, subscribers: int, pairs: int, ticks: int, is_swapped: bool
) -> list[tuple[float, float]]:
    servers = (contrast.with_it, contrast.without)
    first, second = reversed(servers) if is_swapped else servers
    found = []
    with _side(stage, first, subscribers) as one, _side(stage, second, subscribers) as other, uncollected():
        for number in range(pairs):
            # In the order of A B B A, so that what changes steadily meanwhile falls on both.
            sides = (one, other) if number % 2 else (other, one)
            for side in sides:
                side.answer_pings()
            used = {side: side.us_per_message(ticks) for side in sides}
            pair = used[one], used[other]
            found.append((pair[1], pair[0]) if is_swapped else pair)
    return found
