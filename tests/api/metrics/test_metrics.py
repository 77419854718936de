"""`/metrics` of a server of one process: what its clients do is what it counts."""

import asyncio
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection, connect

from tests.api.conftest import RunApi, RunningApi, trade
from tests.support.graphql_client import TICKS
from tests.support.http_stream import MULTIPART, SSE, HttpStream, http_stream
from tests.support.market import Market
from tests.support.scraping import Scraped, labels_of, scrape
from tests.support.waiting import DEADLINE_S, until
from tickql.api.metrics.catalogue import METRICS
from tickql.feed.metrics import Kind
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState

Rise = Callable[..., float]


def rise(before: Scraped, after: Scraped) -> Rise:
    """Return a function that tells by how much a sample has risen. Other servers of this process count, too."""

    def risen(name: str, *labels: str) -> float:
        # What has happened never yet has no sample.
        then, now = (scraped.get(f"tickql_api_{name}", {}).get(labels, 0) for scraped in (before, after))
        return now - then

    return risen


async def test_each_transport_counts_its_messages(api: RunningApi, market: Market) -> None:
    market.tick()
    before = await scrape(api.url)
    async with (
        api.ticks() as stream,
        connect(f"{api.ws_url}/ws/ES", open_timeout=DEADLINE_S) as plain,
        http_stream(api, SSE, symbol="ES") as sse,
        http_stream(api, MULTIPART, symbol="ES") as multipart,
    ):
        # The first tick is the snapshot. From then on each of them is live.
        await asyncio.gather(stream.next(), sse.tick(), multipart.tick(), asyncio.wait_for(plain.recv(), DEADLINE_S))
        market.tick(count=10)
        await asyncio.gather(stream.until(11), *(_ticks(each, 10) for each in (sse, multipart)), _receive(plain, 10))
        after = await scrape(api.url)
    risen = rise(before, after)
    for transport in ("websocket", "sse", "multipart", "plain_websocket"):
        assert risen("messages_sent_total", transport) == 11, transport
        assert risen("subscriptions", transport) == 1, transport
    assert risen("connections") == 4
    assert risen("ticks_received_total") == 11
    for name in ("publish_to_send", "page_to_send"):
        assert risen(f"{name}_seconds_count") == risen(f"{name}_seconds_bucket", "+Inf") == 40
        assert risen(f"{name}_seconds_sum") > 0
    # The quotes of the market were observed years ago.
    assert risen("page_to_send_seconds_bucket", "30.0") == 0
    assert risen("publish_to_send_seconds_bucket", "30.0") == 40


async def test_what_clients_close_is_no_longer_open(api: RunningApi, market: Market) -> None:
    market.tick()
    before = await scrape(api.url)
    async with api.ticks() as stream:
        await stream.next()

    async def is_closed() -> bool:
        risen = rise(before, await scrape(api.url))
        return risen("connections") == 0 and risen("subscriptions", "websocket") == 0

    await until(is_closed)


async def test_gaps_and_what_was_left_out_are_counted(api: RunningApi, market: Market) -> None:
    market.tick(count=3)
    before = await scrape(api.url)
    async with api.ticks(after="ES:1-1") as stream:
        assert (await stream.next())["gap"]["reason"] == "RESTARTED"
    async with api.ticks(maxHz=5) as paced:
        await paced.next()
        await trade(api, market, 20)
        skipped = 0
        while skipped < 1:
            tick = await paced.next()
            skipped += tick["skipped"]
    risen = rise(before, await scrape(api.url))
    assert risen("gaps_total", "RESTARTED") == 1
    assert risen("ticks_skipped_total") == skipped


async def test_refusals_are_counted_by_kind(run_api: RunApi, feed_settings: FeedSettings) -> None:
    api = await run_api(feed_settings, max_operations_per_connection=1)
    before = await scrape(api.url)
    async with api.socket() as socket:
        for operation in "123":
            await socket.subscribe(operation, TICKS, symbol="ES")
        for _ in range(2):
            assert (await socket.receive())["type"] == "error"
    risen = rise(before, await scrape(api.url))
    assert risen("refusals_total", "an operation, because its connection has too many") == 2


async def test_answers_from_memory_are_counted(api: RunningApi, market: Market) -> None:
    market.tick()
    query = '{ lastPrice(symbol: "ES") { last } }'
    async with api.ticks() as stream:
        # The tick is in memory from now on: only the first query is executed.
        await stream.next()
        before = await scrape(api.url)
        for _ in range(3):
            assert (await api.query(query))["lastPrice"] == {"last": "1"}
        assert rise(before, await scrape(api.url))("cached_answers_total") == 2


async def test_the_state_of_the_feed_and_its_producers(api: RunningApi, market: Market) -> None:
    market.publisher.report(
        ProducerReport(source="page", state=ProducerState.STALE, reason="it does not respond", since_us=1, heard_us=1)
    )

    async def is_known() -> bool:
        now = await scrape(api.url)
        states = now["tickql_api_feed_state"]
        assert sum(states.values()) == 1
        ages = now.get("tickql_api_producer_report_age_seconds", {})
        return states[("STALE",)] == 1 and 0 <= ages.get(("page",), -1) < DEADLINE_S

    await until(is_known)
    assert (await scrape(api.url))["tickql_api_redis_up"] == {(): 1}


async def test_every_metric_of_the_catalogue_is_there_with_its_type(api: RunningApi) -> None:
    text = (await api.get("/metrics")).text
    labels = labels_of(text)
    for metric in METRICS:
        family = metric.name.removesuffix("_total") if metric.kind is Kind.COUNTER else metric.name
        assert f"# TYPE {metric.name} {metric.kind}\n" in text or f"# TYPE {family} {metric.kind}\n" in text
        # What has happened never yet has no sample.
        assert labels[metric.name] <= {tuple(sorted(metric.labels))}


async def _ticks(stream: HttpStream, count: int) -> None:
    for _ in range(count):
        await stream.tick()


async def _receive(plain: ClientConnection, count: int) -> None:
    async with asyncio.timeout(DEADLINE_S):
        for _ in range(count):
            await plain.recv()
