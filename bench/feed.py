"""What the feed costs without subscribers to speak of: the publisher, Redis, and each API server that follows it."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import redis

from bench.child import free_port
from bench.errors import LoadFailed
from bench.fanout import SubscriberSpec
from bench.load import LoadGenerator
from bench.measure import uncollected
from bench.meter import Gauge
from bench.servers import TICKQL
from bench.stage import WARM_S, Running, Stage
from bench.ticker import Pace

SYMBOLS = 50
"""That all followers follow, and that tick at the same moments."""
PACE = Pace(rate_hz=40.0)
_OPEN_S = 60.0
_TURN_S = 0.005
_US = 1e6


@dataclass(frozen=True, slots=True)
class FeedCost:
    """What `ticks` ticks have cost, in seconds of CPU and in bytes. `followers`: API servers that had all of them."""

    followers: int
    ticks: int
    wall_s: float
    publisher_s: float
    redis_s: float
    api_s: float
    """Of all followers together."""
    sent_bytes: int
    """By Redis, to the followers and to the publisher."""
    kept_bytes: int
    """By which the memory of Redis has grown."""
    api_kb: float
    """Memory of all followers together (PSS)."""
    clients: int
    """Connections of Redis, ours among them."""
    others_s: float

    def figures(self) -> dict[str, float | None]:
        """Everything for each tick, by name."""
        return {
            "publisher_us": self.publisher_s * _US / self.ticks,
            "redis_us": self.redis_s * _US / self.ticks,
            "api_us": self.api_s * _US / self.ticks / self.followers if self.followers else None,
            "api_mb": self.api_kb / 1024 / self.followers if self.followers else None,
            "clients": self.clients,
            "sent_bytes": self.sent_bytes / self.ticks,
            "kept_bytes": self.kept_bytes / self.ticks,
            "ticks_per_s": self.ticks / self.wall_s,
            "others_cpu": self.others_s / self.wall_s,
        }


def follow(stage: Stage, followers: int, window_s: float) -> FeedCost:
    """Measure a feed that so many API servers follow. Each has one client, which subscribes to every symbol.

    Raises:
        LoadFailed: a client did not get every tick in order.
    """
    with stage.serve(TICKQL, SYMBOLS, PACE) as running, ExitStack() as stack:
        servers = [running.child] if followers else []
        targets = [running.target] if followers else []
        for _ in range(followers - 1):
            place = replace(running.place, port=free_port())
            child = stack.enter_context(stage.child("api", TICKQL.command(place), TICKQL.environment(place)))
            child.wait_for_port(place.port)
            servers.append(child)
            targets.append(TICKQL.target(place))
        loads = [stack.enter_context(LoadGenerator(target)) for target in targets]
        for load in loads:
            load.open(SubscriberSpec(1, SYMBOLS).subscriptions_by_connection(), _OPEN_S)
        gauge = Gauge(
            [server.process_tree() for server in servers],
            [running.ticker.child.process_tree()],
            [running.redis.process_tree()],
        )
        client = stack.enter_context(redis.Redis.from_url(stage.redis_url, protocol=2))
        with running.ticker.at_full_rate(), uncollected():
            _receive(loads, WARM_S)
            return _measured(running, followers, gauge, client, loads, window_s)


def _measured(
    running: Running,
    followers: int,
    gauge: Gauge,
    client: "redis.Redis",
    loads: Sequence[LoadGenerator],
    window_s: float,
) -> FeedCost:
    for load in loads:
        load.arrivals.begin()
    sent_before, kept_before = _bytes(client)
    before, begin_us = gauge.read(), time.time_ns() // 1000
    _receive(loads, window_s)
    used, end_us = gauge.since(before), time.time_ns() // 1000
    sent_after, kept_after = _bytes(client)
    irregular = sum(load.arrivals.irregular + load.lost for load in loads)
    if irregular:
        raise LoadFailed(f"{irregular} messages were lost, repeated or out of order")
    return FeedCost(
        followers=followers,
        ticks=running.ticker.ticks_between(begin_us, end_us) * SYMBOLS,
        wall_s=used.wall_s,
        publisher_s=used.feed_s,
        redis_s=used.rest_s,
        api_s=used.server_s,
        sent_bytes=sent_after - sent_before,
        kept_bytes=kept_after - kept_before,
        api_kb=sum(tree.pss_kb() for tree in gauge.server),
        clients=int(client.info("clients")["connected_clients"]),
        others_s=used.others_s,
    )


def _receive(loads: Sequence[LoadGenerator], duration_s: float) -> None:
    """What all clients get; without clients only the time passes."""
    end = time.monotonic() + duration_s
    while time.monotonic() < end:
        for load in loads:
            load.receive_for(_TURN_S)
        if not loads:
            time.sleep(_TURN_S)


def _bytes(client: "redis.Redis") -> tuple[int, int]:
    """What Redis has sent since it started, and the memory that it has in use."""
    info = client.info()
    return int(info["total_net_output_bytes"]), int(info["used_memory"])
