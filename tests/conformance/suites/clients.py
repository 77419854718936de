"""Clients of others follow symbols over restarts of the server: no hole, no repeat, and a clean end."""

import asyncio
import json
import signal
from contextlib import AsyncExitStack
from typing import Any

from tests.conformance.suites.audits import CLIENTS
from tests.conformance.suites.finding import Finding
from tests.conformance.suites.gql_follower import GqlFollower, transports
from tests.conformance.suites.served_feed import SYMBOLS, ServedFeed
from tests.support.waiting import DEADLINE_S

_RESTARTS = (signal.SIGINT, signal.SIGKILL, signal.SIGTERM)
_TICKS = 30


async def run(feed: ServedFeed, seed: int) -> list[Finding]:
    """Run all clients at the same time. They have no seed."""
    url = f"{feed.url}/graphql"
    followers = [
        GqlFollower(name, SYMBOLS[number], make) for number, (name, make) in enumerate(transports(url).items())
    ]
    node = await asyncio.create_subprocess_exec(
        "node", "--import", "tsx", "run.js", url, str(len(_RESTARTS)),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=CLIENTS,
    )  # fmt: skip
    try:
        async with AsyncExitStack() as running:
            for follower in followers:
                await running.enter_async_context(follower.running())
            await _all_ready(node, followers)
            for number in _RESTARTS:
                await asyncio.to_thread(feed.restart, number)
                await _restarted(node)
                await _all_ready(node, followers)
        findings = [await _finished(follower) for follower in followers]
        assert node.stdout is not None
        lines = [line async for line in node.stdout]
    finally:
        if node.returncode is None:
            node.kill()
            await node.wait()
    return [*(_judged(json.loads(line)) for line in lines), *findings]


async def _all_ready(node: asyncio.subprocess.Process, followers: list[GqlFollower]) -> None:
    """Wait until every client has received further ticks. What Node's clients lack, they tell at their end."""
    assert node.stdout is not None
    async with asyncio.timeout(2 * DEADLINE_S), asyncio.TaskGroup() as group:
        for follower in followers:
            group.create_task(follower.more(_TICKS))
        line = await node.stdout.readline()
    assert line == b"ready\n", line


async def _restarted(node: asyncio.subprocess.Process) -> None:
    assert node.stdin is not None
    node.stdin.write(b"restarted\n")
    await node.stdin.drain()


async def _finished(follower: GqlFollower) -> Finding:
    price, refusal = await follower.price(follower.symbol), await follower.refusal()
    return _judged(
        {
            "name": follower.name, "ticks": follower.ticks, "holes": follower.holes, "repeats": follower.repeats,
            "gaps": follower.gaps, "price": price["lastPrice"], "refusal": refusal,
        }
    )  # fmt: skip


def _judged(result: dict[str, Any]) -> Finding:
    faults = [f"{result[name]} {name}" for name in ("holes", "repeats", "gaps", "afterClose") if result.get(name)]
    if "price" in result and not (isinstance(result["price"], dict) and result["price"]["seq"]):
        faults.append(f"a query gave {result['price']}")
    if result["refusal"] != "BAD_USER_INPUT":
        faults.append(f"a wrong argument gave {result['refusal']}")
    if result.get("again", _TICKS) < _TICKS:
        faults.append("no second subscription")
    faults += result.get("failures", [])
    note = f"{result['ticks']} ticks over {len(_RESTARTS)} restarts, 0 holes, 0 repeats, 0 gaps"
    return Finding("clients", result["name"], not faults, "; ".join(faults) or note)
