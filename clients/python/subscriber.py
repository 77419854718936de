"""Every tick of a symbol through the GraphQL API, once and in order, whatever breaks in between.

Run it: `python -m tickql.clients.python.subscriber ES`
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from tickql.clients.python.resuming import subscribe

URL = "http://127.0.0.1:8000/graphql"

_TICKS = """
subscription Ticks($symbol: String!, $after: ID, $delivery: Delivery!, $maxHz: Float) {
  ticks(symbol: $symbol, after: $after, delivery: $delivery, maxHz: $maxHz) {
    symbol cursor seq timestamp ask bid last skipped
    gap { after reason lost }
  }
}
"""


async def ticks(
    symbol: str, *, url: str = URL, after: str | None = None, delivery: str = "EVERY", max_hz: float | None = None
) -> AsyncGenerator[dict[str, Any], None]:
    """The newest tick at once, or those after the cursor `after`; then every tick as it comes, for ever.

    A tick is a dict with the fields of the schema's `Tick`; prices are exact decimal texts or `None`. After a break
    this goes on after the last tick that it has yielded: none is repeated, and one that could not be delivered any
    more is said in the next tick's `gap`. `delivery="LATEST"` or a pace of `max_hz` ticks per second (0.1 to 1000)
    yields only the newest ones and counts the others in `skipped`.

    Raises:
        TransportQueryError: a malformed symbol, cursor or pace; the message says which.
    """
    cursor = after

    def variables() -> dict[str, Any]:
        return {"symbol": symbol, "after": cursor, "delivery": delivery, "maxHz": max_hz}

    async with aclosing(subscribe(url, _TICKS, variables)) as results:
        async for result in results:
            tick = result["ticks"]
            cursor = tick["cursor"]
            yield tick


async def main() -> None:
    """Print the ticks of one symbol until stopped."""
    parser = argparse.ArgumentParser(description="Print every tick of a symbol.")
    parser.add_argument("symbol", help="such as ES")
    parser.add_argument("--url", default=URL, help="address of the API (%(default)s)")
    parser.add_argument("--after", help="go on after this cursor")
    options = parser.parse_args()
    async for tick in ticks(options.symbol, url=options.url, after=options.after):
        if tick["gap"]:
            sys.stdout.write(f"gap: {tick['gap']}\n")
        sys.stdout.write("{timestamp}  {symbol} {cursor}  ask {ask}  bid {bid}  last {last}\n".format(**tick))
        sys.stdout.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
