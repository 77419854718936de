"""Every tick of a symbol from the GraphQL API, once and in order, also after lost connections and restarts.

Run: `python -m tickql.clients.python.subscriber ES`
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from tickql.clients.python.resuming import subscribe

URL = "http://127.0.0.1:8000/graphql"

_TICKS_SUBSCRIPTION = """
subscription Ticks($symbol: String!, $after: ID, $delivery: Delivery!, $maxHz: Float) {
  ticks(symbol: $symbol, after: $after, delivery: $delivery, maxHz: $maxHz) {
    symbol cursor seq timestamp ask bid last skipped
    gap { after reason lost }
  }
}
"""


async def ticks(
    symbol: str,
    *,
    url: str = URL,
    after: str | None = None,
    delivery: str = "EVERY",
    max_hz: float | None = None,
    token: str | None = None,
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the newest tick, or the ticks after the cursor `after`; then every new tick, without end.

    A tick is a dict with the fields of the schema's `Tick`; prices are exact decimal texts or `None`. After a lost
    connection the ticks continue after the last one that was yielded. None is repeated, and a tick that can no longer
    be delivered is counted in the next tick's `gap`. With `delivery="LATEST"`, or at most `max_hz` ticks per second
    (0.1 to 1000), only the newest ticks are yielded and the others are counted in `skipped`.

    Raises:
        TokenRefused: the server needs a token, or does not accept this one (any more).
        TransportQueryError: the symbol, the cursor or `max_hz` is invalid; the message names it.
    """
    # The cursor of the last yielded tick: `subscribe` asks for it again after each lost connection.
    cursor = after

    def variables() -> dict[str, Any]:
        return {"symbol": symbol, "after": cursor, "delivery": delivery, "maxHz": max_hz}

    async with aclosing(subscribe(url, _TICKS_SUBSCRIPTION, variables, token=token)) as results:
        async for result in results:
            tick = result["ticks"]
            cursor = tick["cursor"]
            yield tick


async def main() -> None:
    """Print the ticks of one symbol until the program is stopped."""
    parser = argparse.ArgumentParser(description="Print every tick of a symbol until Ctrl-C.")
    parser.add_argument("symbol", help="the symbol, such as ES")
    parser.add_argument("--url", default=URL, help="address of the API (default: %(default)s)")
    parser.add_argument("--after", help="start after this cursor, the one of the last tick seen")
    parser.add_argument("--token", default=os.environ.get("TICKQL_TOKEN"), help="the token (default: $TICKQL_TOKEN)")
    options = parser.parse_args()
    async for tick in ticks(options.symbol, url=options.url, after=options.after, token=options.token):
        if tick["gap"]:
            sys.stdout.write(f"gap: {tick['gap']}\n")
        sys.stdout.write("{timestamp}  {symbol} {cursor}  ask {ask}  bid {bid}  last {last}\n".format(**tick))
        sys.stdout.flush()


if __name__ == "__main__":
    # The second one: what reads the output, such as `head`, has enough.
    with suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(main())
