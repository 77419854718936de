"""Every tick of a symbol directly from Redis, with none missing, through the package `tickql.feed`.

Run: `TICKQL_REDIS_URL=redis://127.0.0.1:6390/0 python -m tickql.clients.python.feed_follower ES`
"""

import asyncio
import sys
from contextlib import suppress

from tickql.feed import follow


async def main() -> None:
    """Print the ticks of one symbol until the program is stopped."""
    async for event in follow(sys.argv[1] if len(sys.argv) > 1 else "ES"):
        if event.gap is not None:
            sys.stdout.write(f"gap: {event.gap}\n")
        tick = event.tick
        sys.stdout.write(f"{tick.observed_at} {tick.symbol} {tick.cursor} {tick.ask} {tick.bid} {tick.last}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
