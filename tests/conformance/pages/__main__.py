"""`python -m tests.conformance.pages [PORT]`: serves the pages, for a browser and for their feed files."""

import asyncio
import sys

from tests.conformance.pages.server import DEFAULT_PORT, PAGES, ConformanceSite


async def _serve(port: int) -> None:
    async with ConformanceSite(port) as server:
        for feed in sorted(PAGES.glob("*/index.html")):
            sys.stdout.write(f"{server.page(feed.parent.name)}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_PORT))
    except KeyboardInterrupt:
        sys.exit(130)
