"""The relays of `tickql up`: their addresses, checked before anything is started, and their states."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection, HTTPException

from prometheus_client.parser import text_string_to_metric_families

from tickql.cli.errors import TickqlError
from tickql.cli.settings import Settings
from tickql.feed.embedded.ports import free_port
from tickql.relay.address import SinkAddress
from tickql.relay.metrics import BROKER_UP, FAILURES, LEASE_HELD
from tickql.relay.settings import RelaySettings
from tickql.relay.sink import RelayContext
from tickql.relay.sinks import create_sink, sink_kind

_LOOPBACK = "127.0.0.1"
_ANSWER_S = 1.0
"""How long a relay may take to tell its state."""
_POLL_S = 0.1


class RelayState(StrEnum):
    """What a relay does, in the words of the panel."""

    STARTING = "starting"
    CONNECTING = "connecting"
    PASSING_ON = "passes the feed on"
    WAITING = "waits for the broker; ticks wait in Redis"
    STANDBY = "stands by: another relay of this name works, or Redis does not answer"


_TRANSIENT = {RelayState.STARTING, RelayState.CONNECTING, RelayState.STANDBY}
"""States in which a relay begins, and which may end by themselves at any moment."""


@dataclass(frozen=True, slots=True)
class RelayPlan:
    """One relay that `tickql up` runs. `address` may stand in a log, `to` may not."""

    name: str
    address: SinkAddress
    to: str = field(repr=False)
    metrics_host: str
    metrics_port: int

    def environment(self) -> dict[str, str]:
        """Return the settings of this relay. In the environment: every user of the machine can read command lines."""
        return {
            "TICKQL_RELAY_TO": self.to,
            "TICKQL_RELAY_NAME": self.name,
            "TICKQL_RELAY_METRICS_PORT": str(self.metrics_port),
            "TICKQL_METRICS_HOST": self.metrics_host,
        }


def plan_relays(addresses: Sequence[str], settings: Settings) -> list[RelayPlan]:
    """Return the relays to run: each address can be used, and each relay has a name of its own.

    The first relay has the port of metrics that the environment names. Any other one has some free port.

    Raises:
        RelayError: an address cannot be used, or its library is not installed.
        TickqlError: two relays have the same name.
    """
    plans: list[RelayPlan] = []
    for to in addresses:
        own = RelaySettings(to=to)
        address = SinkAddress.parse(own.to, own.user, own.password)
        name = own.name or sink_kind(address).name
        create_sink(address, RelayContext(name, settings))
        if any(plan.name == name for plan in plans):
            remedy = "run the second one beside it, with a name of its own: tickql relay --to URL --name NAME"
            raise TickqlError(f"two relays would have the name {name}: {remedy}")
        has_port = own.metrics_port and not plans
        host, port = (settings.metrics_host, own.metrics_port) if has_port else (_LOOPBACK, free_port())
        plans.append(RelayPlan(name, address, to, host, port))
    return plans


async def relay_states(plans: Sequence[RelayPlan], settle_s: float = 0.0) -> list[tuple[RelayPlan, RelayState]]:
    """Return each relay with what it does now. `settle_s`: how long to wait for those that are only beginning."""
    until_s = time.monotonic() + settle_s
    while True:
        states = await asyncio.gather(*(asyncio.to_thread(_state, plan) for plan in plans))
        if not _TRANSIENT.intersection(states) or time.monotonic() >= until_s:
            return list(zip(plans, states, strict=True))
        await asyncio.sleep(_POLL_S)


def _state(plan: RelayPlan) -> RelayState:
    values = _scrape(plan)
    if values is None:
        return RelayState.STARTING
    if not values.get(LEASE_HELD.name):
        return RelayState.STANDBY
    if values.get(BROKER_UP.name):
        return RelayState.PASSING_ON
    return RelayState.WAITING if values.get(FAILURES.name) else RelayState.CONNECTING


def _scrape(plan: RelayPlan) -> Mapping[str, float] | None:
    """Return the relay's own numbers by the name of the metric; `None`: it does not answer."""
    # An address that stands for all of the machine's own.
    host = {"0.0.0.0": _LOOPBACK, "::": "::1"}.get(plan.metrics_host, plan.metrics_host)
    with closing(HTTPConnection(host, plan.metrics_port, timeout=_ANSWER_S)) as connection:
        try:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
            families = list(text_string_to_metric_families(text))
        except (OSError, HTTPException, ValueError):
            return None
    return {
        sample.name: sample.value
        for family in families
        for sample in family.samples
        if sample.labels.get("relay") == plan.name
    }
