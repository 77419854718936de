"""What one core was measured to carry."""

from dataclasses import dataclass
from typing import Self

from bench.brokers import SYMBOLS as RELAYED_SYMBOLS
from bench.errors import BenchError
from bench.fanout import ticks
from bench.results import Results
from bench.sections import CAPTURE, FANOUT, FEED, MEMORY, PACED, RELAY, SILENT, WIDE
from bench.servers import TICKQL
from bench.ticker import message, quotes, symbol
from bench.websocket import server_frame

_SUBSCRIBERS, _WIDE_SYMBOLS, _PACED, _PAGE_SYMBOLS, _FOLLOWERS = 500, 20, 10_000, 20, 3
_PACKET_BYTES = 66
"""Headers of Ethernet, IP and TCP with its time stamps."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Costs, from `bench/results.json`. CPU is in microseconds of one core, user and system."""

    message_us: float
    """Of an API server, for each tick that it delivers in a message of its own."""
    joined_us: float
    """The same where the ticks of 20 symbols come at one moment and leave in one write."""
    paced_us: float
    """The same of subscribers with `maxHz`."""
    listen_us: float
    """Of an API server, for each tick that it takes from Redis and encodes, with one delivery."""
    publish_us: float
    """Of the writer of the feed, for each tick."""
    redis_us: float
    """Of Redis, for each tick that is written."""
    follow_us: float
    """Of Redis, for each tick and API server that follows its symbol."""
    follow_bytes: float
    """That Redis sends for the same."""
    follow_clients: float | None
    """Connections of an API server to each Redis; `None`: not measured."""
    kept_bytes: float
    """Of memory of Redis, for each tick that it keeps."""
    connection_kb: float
    """Of memory of an API server (PSS), for each subscriber."""
    server_mb: float
    """Of memory of an API server that follows 50 symbols and has one client."""
    opened_per_s: float
    """Connections with a subscription that one API server accepts at full load of its core."""
    relay_us: dict[str, float]
    """Of a relay that catches up, for each tick, by its broker; of those that were measured."""
    page_ticks_per_s: float
    """That a page with 20 symbols had when the figures below were measured; every change was caught."""
    page_python_cpu: float
    """Cores of the producer's Python, publisher included."""
    page_browser_cpu: float
    """Cores of its browser."""
    page_mb: float
    """Memory of both (PSS)."""

    @classmethod
    def of(cls, results: Results) -> Self:
        """Take them from a run.

        Raises:
            BenchError: the run has not measured one of them.
        """

        def median(section: str, case: int, figure: str) -> float:
            value = results.median(section, TICKQL.name, case, figure)
            if value is None:
                raise BenchError(f"not measured: {section} of {TICKQL.name} ({case}): {figure}")
            return value

        def each_follower(figure: str) -> float:
            return (median(FEED, _FOLLOWERS, figure) - median(FEED, 0, figure)) / _FOLLOWERS

        return cls(
            message_us=median(FANOUT, _SUBSCRIBERS, "us_per_message"),
            joined_us=median(WIDE, _WIDE_SYMBOLS, "us_per_message"),
            paced_us=median(PACED, _PACED, "us_per_message"),
            listen_us=median(FEED, 1, "api_us"),
            publish_us=median(FEED, 0, "publisher_us"),
            redis_us=median(FEED, 0, "redis_us"),
            follow_us=each_follower("redis_us"),
            follow_bytes=each_follower("sent_bytes"),
            follow_clients=None
            if results.median(FEED, TICKQL.name, 0, "clients") is None
            else each_follower("clients"),
            kept_bytes=median(FEED, 0, "kept_bytes"),
            connection_kb=median(MEMORY, SILENT, "kb_each"),
            server_mb=median(FEED, 1, "api_mb"),
            opened_per_s=median(PACED, _PACED, "opening_per_s"),
            relay_us={
                broker: us
                for broker in results.servers(RELAY)
                if (us := results.median(RELAY, broker, RELAYED_SYMBOLS, "behind_us")) is not None
            },
            page_ticks_per_s=median(CAPTURE, _PAGE_SYMBOLS, "page_hz") * _PAGE_SYMBOLS,
            page_python_cpu=median(CAPTURE, _PAGE_SYMBOLS, "python_cpu"),
            page_browser_cpu=median(CAPTURE, _PAGE_SYMBOLS, "browser_cpu"),
            page_mb=median(CAPTURE, _PAGE_SYMBOLS, "memory_mb"),
        )


def message_bytes() -> int:
    """Of a tick on the way to a subscriber, in a frame and a packet of its own."""
    (quote,) = quotes([symbol(0)], 1, 1_700_000_000_000_000)
    return len(server_frame(message(quote, 1_000_000, ticks(symbol(0)).id))) + _PACKET_BYTES
