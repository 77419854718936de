"""The pairs of servers that are compared: with and without one part."""

import sys
from dataclasses import dataclass, replace

from bench.servers import TICKQL, TICKQL_TOKENS, Place, Server


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two servers that differ in one part. `limit`: the ratio of their costs that is wanted at most."""

    name: str
    title: str
    with_it: Server
    without: Server
    limit: float = 1.03


def _module(name: str, module: str) -> Server:
    def command(place: Place) -> list[str]:
        return [sys.executable, "-m", module, "serve", "--port", str(place.port)]

    return replace(TICKQL, name=name, command=command)


RIGHTS = Contrast("rights", "rights and tokens", TICKQL_TOKENS, TICKQL)
METRICS = Contrast("metrics", "counting for /metrics", TICKQL, _module("without-metrics", "bench.cost.without_metrics"))
LIMITS = Contrast("limits", "all limits", TICKQL, _module("without-limits", "bench.hostile.without_limits"))
CONTRASTS = {contrast.name: contrast for contrast in (RIGHTS, METRICS, LIMITS)}
