"""`/metrics` of the producer: a real page, a real Redis, a real scrape."""

import asyncio
import logging
import socket
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from tests.support.scraping import labels_of, scrape
from tests.support.site import Site
from tests.support.waiting import DEADLINE_S, until
from tickql.feed.embedded.ports import free_port
from tickql.feed.metrics_server import serve_metrics
from tickql.feed.settings import FeedSettings
from tickql.producer.metrics.catalogue import METRICS
from tickql.producer.metrics.reading import read
from tickql.producer.service import produce
from tickql.producer.tally import tallies

_PAGE = """<!doctype html><b id=last>0</b><i id=bid>no idea</i><script>
let n = 0; setInterval(() => { last.textContent = ++n; }, 20);</script>"""
_FEED = """[page]
url = "{url}"
[[symbol]]
name = "ES"
last = "#last"
bid = "#bid"
"""


@pytest.mark.long
async def test_a_producer_tells_what_it_does(tmp_path: Path, feed_settings: FeedSettings) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    path = tmp_path / "board.toml"
    async with Site() as site:
        path.write_text(_FEED.format(url=site.put("/", _PAGE)))
        producing = asyncio.create_task(produce([path], feed_settings, metrics_port=port))

        async def publishes() -> bool:
            assert not producing.done()
            try:
                now = await scrape(url)
            except httpx.ConnectError:
                return False
            if now["tickql_producer_ticks_published_total"][("board",)] < 10:
                return False
            assert now["tickql_producer_ticks_total"][("board",)] >= 10
            # Other producers of this process may have left theirs.
            assert now["tickql_producer_lease_held"][("board",)] == now["tickql_producer_redis_up"][("board",)] == 1
            assert 0 <= now["tickql_producer_heartbeat_age_seconds"][("board",)] < DEADLINE_S
            assert now["tickql_producer_unparsed_total"][("bid", "format", "board")] == 1
            return True

        await until(publishes)
        # What has not happened yet has no sample: it is made to have happened.
        tallies["board"].faults["PageHung"] += 1
        tallies["board"].restarts["page"] += 1
        async with httpx.AsyncClient(timeout=DEADLINE_S, verify=False) as client:
            text = (await client.get(f"{url}/metrics")).text
            assert (await client.get(f"{url}/")).status_code == 404
            assert (await client.get(f"{url}/metrics", headers={"Host": "evil.example"})).status_code == 403
        assert labels_of(text) == {metric.name: {tuple(sorted(metric.labels))} for metric in METRICS}
        producing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await producing


def serving(host: str, port: int) -> AbstractContextManager[str | None]:
    return serve_metrics(host, port, METRICS, lambda: read(tallies), "TICKQL_METRICS_PORT")


async def test_a_port_in_use_is_one_line_and_the_producer_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with caplog.at_level(logging.INFO), serving("127.0.0.1", port) as address:
            assert address is None
    assert caplog.messages == [
        f"no metrics: cannot listen on 127.0.0.1 port {port}: address already in use; choose another "
        "TICKQL_METRICS_PORT"
    ]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
async def test_metrics_of_an_idle_process_can_be_read_at_each_loopback_address(host: str) -> None:
    with serving(host, free_port()) as address:
        assert address is not None
        assert "tickql_producer_ticks_total" in labels_of(await _text(address))


async def _text(address: str) -> str:
    async with httpx.AsyncClient(timeout=DEADLINE_S, verify=False) as client:
        return (await client.get(address)).text
