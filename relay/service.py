"""A relay as a service: with its metrics, until it is cancelled."""

import logging

from tickql.feed import gc_tuning
from tickql.feed.metrics_server import serve_metrics
from tickql.feed.settings import FeedSettings
from tickql.relay.address import SinkAddress
from tickql.relay.metrics import METRICS, read
from tickql.relay.relay import Relay
from tickql.relay.settings import RelaySettings
from tickql.relay.sink import RelayContext
from tickql.relay.sinks import sink_kind
from tickql.relay.tally import Tally

logger = logging.getLogger("tickql.relay")


async def relay(
    settings: FeedSettings,
    relay_settings: RelaySettings,
    *,
    metrics_host: str = "127.0.0.1",
) -> None:
    """Pass the feed on to a broker until cancelled.

    One relay of a name works at a time; any other is a standby. When cancelled, the batch that is being sent is given
    up or confirmed, and the lease is released.

    Raises:
        InvalidAddress, ExtraMissing, SinkRefused: see `tickql.relay.errors`.
    """
    given = relay_settings
    address = SinkAddress.parse(given.to, given.user, given.password)
    name = given.name or sink_kind(address).name
    tally = Tally()
    gc_tuning.tune_gc()
    with serve_metrics(
        metrics_host, given.metrics_port, METRICS, lambda: read({name: tally}), "TICKQL_RELAY_METRICS_PORT"
    ):
        await Relay(address, RelayContext(name, settings), tally, given.start).run()
