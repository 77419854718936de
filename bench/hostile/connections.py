"""Clients that hold connections: silent ones, ones that send a byte at a time, and ones that do not read."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from bench.hostile.client import HostileClient, Target
from bench.http_stream import MULTIPART, SSE
from bench.ticker import symbol
from bench.websocket import client_frame

_ES = symbol(0)
_LONG = " ".join(f"{'x' * 120}{number}: seq" for number in range(34))
_DOCUMENT = f'subscription {{ ticks(symbol: "{_ES}") {{ seq cursor {_LONG} }} }}'
"""Messages of some 4 KB: what the system buffers for a client is soon full."""
_SMALL_BYTES = 4096
_OPENED_PER_S = 100
_BURST = 10

Begin = Callable[[HostileClient], Awaitable[object]]


async def _held(target: Target, count: int, begin: Begin, per_s: float, receive_bytes: int | None = None) -> None:
    """Open connections at a steady rate, and hold them until this task is cancelled."""
    async with AsyncExitStack() as stack:
        began = asyncio.get_running_loop().time()
        for opened in range(count):
            client = await stack.enter_async_context(target.client(receive_bytes))
            await begin(client)
            if opened % _BURST == 0:
                await asyncio.sleep(max(0.0, began + opened / per_s - asyncio.get_running_loop().time()))
        print("ready", flush=True)  # noqa: T201 - read by the benchmark
        await asyncio.get_running_loop().create_future()


async def silent(target: Target, count: int) -> None:
    """Say nothing at all."""

    async def begin(client: HostileClient) -> None: ...

    await _held(target, count, begin, per_s=2000)


async def silent_sockets(target: Target, count: int) -> None:
    """Become WebSockets, and send no `connection_init`."""
    await _held(target, count, HostileClient.upgrade, per_s=1000)


async def halves(target: Target, number: int) -> None:
    """300 connections with half a request line, one byte of a hundred, or an upgrade with too many headers."""
    headers = "".join(f"X-{each}: a\r\n" for each in range(200))
    upgrade = f"GET /graphql HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{headers}\r\n"
    async with AsyncExitStack() as stack:
        for count in range(300):
            client = await stack.enter_async_context(target.client())
            await client.send((b"GET / HT", client.request(b"x" * 100)[:-99], upgrade.encode())[count % 3])
        await asyncio.sleep(0.5)


async def a_byte_at_a_time(target: Target, number: int) -> None:
    """50 clients that send a valid message, 20 bytes a second each."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(target.client()) for _ in range(50)]
        for client in clients:
            await client.init()
        query = {"query": f'subscription {{ ticks(symbol: "{_ES}", maxHz: 1) {{ seq }} }}'}
        message = json.dumps({"id": "1", "type": "subscribe", "payload": query})
        for byte in client_frame(message.ljust(1200).encode()):
            for client in clients:
                await client.send(bytes([byte]))
            await asyncio.sleep(0.05)
        for client in clients:
            target.answers["subscribed" if b'"next"' in await client.receive() else "not subscribed"] += 1


async def _subscribed(client: HostileClient) -> None:
    if await client.init():
        await client.subscribe("1", _DOCUMENT)


async def _plain(client: HostileClient) -> None:
    await client.upgrade(f"/ws/{_ES}", None)


def _streamed(accept: str) -> Begin:
    async def begin(client: HostileClient) -> None:
        await client.send(client.request(json.dumps({"query": _DOCUMENT}).encode(), [f"Accept: {accept}"]))

    return begin


STUCK: dict[str, Begin] = {
    "stuck-websocket": _subscribed,
    "stuck-plain": _plain,
    "stuck-sse": _streamed(SSE),
    "stuck-multipart": _streamed(MULTIPART),
}
"""How each kind of client subscribes that then reads nothing more."""


async def stuck(target: Target, name: str, count: int) -> None:
    """Subscribe, and read nothing more."""
    await _held(target, count, STUCK[name], _OPENED_PER_S, _SMALL_BYTES)
