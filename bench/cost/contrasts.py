"""The pairs of servers that are compared: with and without one part."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from bench.cost.collector import collector_address
from bench.servers import TICKQL, TICKQL_TOKENS, Place, Server
from tests.support.redis_cluster import RedisCluster


@contextmanager
def _on_cluster(server: Server) -> Iterator[Server]:
    """Yield the same server and ticker on a Redis Cluster of three primaries, each with a replica."""
    with tempfile.TemporaryDirectory(prefix="tickql-bench-") as folder:
        # As the one server of the others: with an append-only file.
        cluster = RedisCluster(Path(folder), keeps_data=True)
        try:
            cluster.start()
            yield replace(
                server,
                name="cluster",
                environment=lambda place: {**server.environment(place), "TICKQL_REDIS_URL": cluster.url},
                feed=lambda place: ["--to", cluster.url, "--namespace", place.namespace],
            )
        finally:
            cluster.stop()


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two servers that differ in one part. `limit`: the ratio of their costs that is wanted at most.

    `prepared`: makes `with_it` from itself for the time of the measurement, with what it needs.
    """

    name: str
    title: str
    with_it: Server
    without: Server
    limit: float = 1.03
    prepared: Callable[[Server], AbstractContextManager[Server]] = nullcontext


def _module(name: str, module: str) -> Server:
    def command(place: Place) -> list[str]:
        return [sys.executable, "-m", module, "serve", "--port", str(place.port)]

    return replace(TICKQL, name=name, command=command)


def _traced(name: str, share: float) -> Server:
    def environment(place: Place) -> dict[str, str]:
        traces = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector_address(), "OTEL_TRACES_SAMPLER_ARG": str(share)}
        return {**TICKQL.environment(place), **traces, "OTEL_TRACES_SAMPLER": "traceidratio"}

    return replace(TICKQL, name=name, environment=environment)


RIGHTS = Contrast("rights", "rights and tokens", TICKQL_TOKENS, TICKQL)
METRICS = Contrast("metrics", "counting for /metrics", TICKQL, _module("without-metrics", "bench.cost.without_metrics"))
LIMITS = Contrast("limits", "all limits", TICKQL, _module("without-limits", "bench.hostile.without_limits"))
TRACING = Contrast("tracing", "traces of one tick in 1,000", _traced("traced", 0.001), TICKQL, limit=1.01)
TRACING_EACH = Contrast(
    # One such tick in 1,000 then adds 1 % to the others.
    "tracing-each",
    "traces of each tick",
    _traced("traced-each", 1),
    TICKQL,
    limit=11.0,
)
CLUSTER = Contrast("cluster", "a Redis Cluster in place of one server", TICKQL, TICKQL, 1.05, _on_cluster)
CONTRASTS = {contrast.name: contrast for contrast in (RIGHTS, METRICS, LIMITS, TRACING, TRACING_EACH, CLUSTER)}
