"""`tickql serve --workers N`: how evenly the workers share the clients, and what a delivered message costs."""

import sys
from contextlib import suppress
from dataclasses import replace

import psutil

from bench.fanout import SubscriberSpec
from bench.load import LoadGenerator
from bench.measure import measure
from bench.process_tree import GONE, descendants
from bench.results import Figures
from bench.servers import TICKQL, Place, Server
from bench.stage import WARM_S, Stage
from bench.ticker import Pace

_OPEN_S = 60.0


def measure_workers(stage: Stage, workers: int, subscribers: int, rate_hz: float, window_s: float) -> Figures:
    """Have `subscribers` of one symbol served by so many workers. `clients_least`, `clients_most`: of one worker.

    Raises:
        LoadFailed: the server does not hold them.
    """
    with stage.serve(_server(workers), pace=Pace(rate_hz)) as running, LoadGenerator(running.target) as load:
        load.open(SubscriberSpec(subscribers).subscriptions_by_connection(), _OPEN_S)
        load.wait_for_first_messages(_OPEN_S)
        shares = _shares(running.child.processes[0].pid, running.place.port)
        with running.ticker.at_full_rate():
            load.receive_for(WARM_S)
            delivery = measure(load, running.gauge(), window_s, running.ticker.ticks_between)
    return {"clients_least": min(shares), "clients_most": max(shares), **delivery.figures()}


def _server(workers: int) -> Server:
    def command(place: Place) -> list[str]:
        return [sys.executable, "-m", "tickql", "serve", "--port", str(place.port), "--workers", str(workers)]

    return replace(TICKQL, name=f"{workers} workers", command=command)


def _shares(pid: int, port: int) -> list[int]:
    """How many clients each process of a server has, of those that have any."""
    counts = []
    for process in (psutil.Process(pid), *descendants(pid)):
        with suppress(*GONE):
            connections = process.net_connections("tcp")
            counts.append(
                sum(each.status == psutil.CONN_ESTABLISHED and each.laddr.port == port for each in connections)
            )
    return [count for count in counts if count] or [0]
