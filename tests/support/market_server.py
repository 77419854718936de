"""A server with a market, as one program that tests in other languages start: `python -m tests.support.market_server`.

It reads one JSON command from each line of its standard input, and answers each with a line of JSON:
`{"tick": 3, "symbol": "ES"}`, `{"restart": "SIGKILL"}`, `{"stop": "SIGTERM"}`, `{"start": true}`,
`{"token": 60}` (issues one that lasts so many seconds; null: for ever), `{"revoke": "tickql_..."}`.
The first line that it writes is `{"url": "http://127.0.0.1:.../graphql"}`. The end of its input is its end.
With `--tokens` clients need one.
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from tests.conformance.suites.served_feed import ServedFeed
from tests.support.market import Market, open_market
from tests.support.redis_server import RedisServer
from tests.support.waiting import until
from tickql.api.access.grant import Role
from tickql.api.access.symbol_patterns import EVERY_SYMBOL
from tickql.api.access.token_file import TokenFile
from tickql.feed.embedded.ports import free_port
from tickql.feed.settings import FeedSettings


class _Commands:
    def __init__(self, feed: ServedFeed, market: Market, tokens: TokenFile) -> None:
        self._feed = feed
        self._market = market
        self._tokens = tokens

    async def run(self, command: dict[str, Any]) -> object:
        """Carry out one command, and return its answer."""
        match command:
            case {"tick": int(count)}:
                self._market.tick(command.get("symbol", "ES"), count)
                await self._market.publisher.flush()
            case {"restart": str(name)}:
                await asyncio.to_thread(self._feed.restart, signal.Signals[name])
            case {"stop": str(name)}:
                await asyncio.to_thread(self._feed.stop, signal.Signals[name])
            case {"start": True}:
                await asyncio.to_thread(self._feed.start)
            case {"token": lasts_s}:
                expires_s = None if lasts_s is None else int(time.time()) + lasts_s
                token = self._tokens.issue(None, EVERY_SYMBOL, Role.READER, expires_s)[0]
                await until(lambda: self._is_accepted(token))
                return token
            case {"revoke": str(token)}:
                self._tokens.revoke(token.split("_")[1])
            case _:
                raise ValueError(command)
        return True

    async def _is_accepted(self, token: str) -> bool:
        # The server reads the file of tokens again and again.
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(headers=headers) as client:
            return (await client.post(f"{self._feed.url}/graphql", json={"query": "{ __typename }"})).is_success


async def _serve(folder: Path, needs_tokens: bool) -> None:
    redis = RedisServer(folder)
    await asyncio.to_thread(redis.start)
    tokens = TokenFile(folder / "tokens.json")
    environment = {"TICKQL_REDIS_URL": redis.url, "TICKQL_NAMESPACE": "market", "NO_COLOR": "1"}
    if needs_tokens:
        tokens.issue(None, EVERY_SYMBOL, Role.READER, None)
        environment["TICKQL_TOKEN_FILE"] = str(tokens.path)
    feed = ServedFeed(free_port(), environment, folder)
    settings = FeedSettings(redis_url=redis.url, namespace="market")
    try:
        async with open_market(settings) as market:
            await asyncio.to_thread(feed.start)
            _say({"url": f"{feed.url}/graphql"})
            commands = _Commands(feed, market, tokens)
            while line := await asyncio.to_thread(sys.stdin.readline):
                _say({"answer": await commands.run(json.loads(line))})
    finally:
        await asyncio.to_thread(feed.stop)
        await asyncio.to_thread(redis.stop)


def _say(message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tokens", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_serve(Path(folder), given.tokens))


if __name__ == "__main__":
    main()
