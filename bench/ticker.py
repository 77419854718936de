"""Makes ticks: `python -m bench.ticker MODE ...`, a process of its own that nobody's CPU time includes.

Every symbol ticks at the same moments, as on a page that is painted: `--rate` times a second after SIGUSR1, `--idle`
times a second before that and after SIGUSR2, which also makes one tick at once. The time of each such moment goes to
the file `--times`, 8 bytes each, so that others know what was there to be delivered.
"""

import argparse
import asyncio
import json
import os
import signal
import struct
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import redis.asyncio

from tickql.feed.publisher import Publisher
from tickql.feed.settings import FeedSettings
from tickql.feed.tick import Quote, instant

IDLE_HZ = 2.0
ONE_TICK = signal.SIGUSR2
"""The signal that ends the fast rate. While ticks are slow, it causes one at once."""
_LATEST_S = 1.0
"""What is later than this is not caught up with."""
CHANNEL = "ticks:{symbol}"
"""Where the peers' ticks are published."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Ticks a second of each symbol."""

    rate_hz: float = 100.0
    idle_hz: float = IDLE_HZ


Send = Callable[[Sequence[Quote], int], None]
"""Takes the quotes of one moment, and its number. Does not wait."""


def symbol(number: int) -> str:
    """How the symbols are called."""
    return f"S{number}"


def payload(quote: Quote, seq: int) -> dict[str, str | int | None]:
    """A tick as peers get it: ready to be answered, with nothing left to compute."""
    timestamp = instant(quote.observed_us).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    return {
        "symbol": quote.symbol,
        "seq": seq,
        "timestamp": timestamp,
        "ask": quote.ask,
        "bid": quote.bid,
        "last": quote.last,
    }


def message(quote: Quote, seq: int, subscription: str) -> bytes:
    """What a subscriber gets over graphql-transport-ws: the same bytes for those who send what is ready-made."""
    tick = payload(quote, seq)
    del tick["symbol"]
    body = {"id": subscription, "type": "next", "payload": {"data": {"ticks": tick}}}
    return json.dumps(body, separators=(",", ":")).encode()


def quotes(symbols: Sequence[str], number: int, now_us: int) -> list[Quote]:
    """The quotes of one moment: all three prices of every symbol have changed."""
    bid = 22_000 + number % 2000 / 4
    ask, last = f"{bid + 0.25:.2f}", f"{bid:.2f}"
    return [Quote(each, ask, f"{bid:.2f}", last, now_us) for each in symbols]


@asynccontextmanager
async def to_feed(address: str, namespace: str) -> AsyncIterator[Send]:
    """Through tickql's own publisher."""
    async with Publisher(FeedSettings(redis_url=address, namespace=namespace), "bench") as publisher:

        def send(moment: Sequence[Quote], seq: int) -> None:
            for quote in moment:
                publisher.publish(quote)

        yield send


@asynccontextmanager
async def to_redis(address: str, namespace: str) -> AsyncIterator[Send]:
    """As a plain Redis message that is already the answer of the field `ticks`."""
    waiting: asyncio.Queue[tuple[str, str] | None] = asyncio.Queue()

    def send(moment: Sequence[Quote], seq: int) -> None:
        for quote in moment:
            waiting.put_nowait((CHANNEL.format(symbol=quote.symbol), json.dumps({"ticks": payload(quote, seq)})))

    async with redis.asyncio.from_url(address, protocol=2) as client, asyncio.TaskGroup() as tasks:
        tasks.create_task(_publish(client, waiting))
        yield send
        # Told to end rather than cancelled: redis-py can lose a cancellation.
        waiting.put_nowait(None)


async def _publish(client: "redis.asyncio.Redis", waiting: asyncio.Queue[tuple[str, str] | None]) -> None:
    """One after the other on one connection: two of them could overtake each other."""
    while True:
        ready = [await waiting.get()]
        while not waiting.empty():
            ready.append(waiting.get_nowait())
        async with client.pipeline(transaction=False) as pipeline:
            for each in ready:
                if each is not None:
                    pipeline.publish(*each)
            await pipeline.execute()
        if None in ready:
            return


Post = Callable[[Quote, int], tuple[str, bytes]]
"""The path and the body of the request that publishes the tick of a quote, by its number."""


@asynccontextmanager
async def to_nchan(address: str, namespace: str) -> AsyncIterator[Send]:
    """Over HTTP to nginx's nchan, ready to be sent."""

    def post(quote: Quote, seq: int) -> tuple[str, bytes]:
        return f"/pub/{quote.symbol}", message(quote, seq, namespace)

    async with _to_http(address, post) as send:
        yield send


@asynccontextmanager
async def to_centrifugo(address: str, namespace: str) -> AsyncIterator[Send]:
    """Over Centrifugo's HTTP API, one request for each tick. The namespace is that of Centrifugo's channels."""

    def post(quote: Quote, seq: int) -> tuple[str, bytes]:
        tick = payload(quote, seq)
        del tick["symbol"]
        body = {"channel": f"{namespace}:{quote.symbol}", "data": tick}
        return "/api/publish", json.dumps(body, separators=(",", ":")).encode()

    async with _to_http(address, post) as send:
        yield send


@asynccontextmanager
async def _to_http(address: str, post: Post) -> AsyncIterator[Send]:
    """Requests on one connection, none of which waits for the answer to the one before it."""
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))

    def send(moment: Sequence[Quote], seq: int) -> None:
        for quote in moment:
            path, body = post(quote, seq)
            head = (
                f"POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode() + body)

    async with asyncio.TaskGroup() as tasks:
        answers = tasks.create_task(_discard(reader))
        yield send
        answers.cancel()
        writer.close()


async def _discard(reader: asyncio.StreamReader) -> None:
    while await reader.read(65_536):
        pass


MODES: dict[str, Callable[[str, str], AbstractAsyncContextManager[Send]]] = {
    "feed": to_feed,
    "redis": to_redis,
    "nchan": to_nchan,
    "centrifugo": to_centrifugo,
}


async def tick(send: Send, symbols: Sequence[str], pace: Pace, times: Path) -> None:
    """Tick until SIGTERM."""
    loop = asyncio.get_running_loop()
    woken = asyncio.Event()
    pace_hz = pace.idle_hz

    def change(to_hz: float) -> None:
        nonlocal pace_hz
        pace_hz = to_hz
        woken.set()

    for number, to_hz in ((signal.SIGUSR1, pace.rate_hz), (ONE_TICK, pace.idle_hz), (signal.SIGTERM, 0)):
        loop.add_signal_handler(number, change, to_hz)
    due, count = loop.time(), 0
    with times.open("ab", buffering=0) as file:
        while pace_hz:
            count += 1
            now_us = time.time_ns() // 1000
            send(quotes(symbols, count, now_us), count)
            file.write(struct.pack("<q", now_us))
            due = max(due + 1 / pace_hz, loop.time() - _LATEST_S)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await woken.wait()
                woken.clear()
                due = loop.time()


async def _main(options: argparse.Namespace) -> None:
    symbols = [symbol(number) for number in range(options.symbols)]
    async with MODES[options.mode](options.to, options.namespace) as send:
        await tick(send, symbols, Pace(options.rate, options.idle), options.times)


def main(arguments: Sequence[str]) -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m bench.ticker", description=__doc__)
    parser.add_argument("mode", choices=sorted(MODES))
    parser.add_argument("--to", required=True, help="address of Redis (a URL), or HOST:PORT of nginx or Centrifugo")
    parser.add_argument("--namespace", default="market_data", help="of the feed; for nchan the id in the messages")
    parser.add_argument("--symbols", type=int, default=1)
    parser.add_argument("--rate", type=float, default=100.0, help="ticks a second of each symbol")
    parser.add_argument("--idle", type=float, default=IDLE_HZ, help="the same until SIGUSR1")
    parser.add_argument("--times", type=Path, default=Path(os.devnull))
    asyncio.run(_main(parser.parse_args(arguments)))


if __name__ == "__main__":
    main(sys.argv[1:])
