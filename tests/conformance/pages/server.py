"""The web server of the conformance pages, their bundles, and the prices of the page that draws on a canvas."""

import asyncio
import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.support.site import Site

PAGES = Path(__file__).parent
BUILT = PAGES.parents[2] / ".tickql" / "pages"
DEFAULT_PORT = 8765
"""The port in the pages' feed files."""

_SYMBOLS = ("ES", "NQ", "YM", "RTY", "CL", "GC")


class ConformanceSite(Site):
    """All pages, each at `/<name>/`."""

    def __init__(self, port: int | None = None) -> None:
        super().__init__(
            WebSocketRoute("/prices", _send_prices),
            Mount("/built", StaticFiles(directory=BUILT, check_dir=False)),
            Mount("/", StaticFiles(directory=PAGES, html=True)),
            port=port,
        )

    def page(self, name: str, **query: object) -> str:
        """Return a page's address. `steps`: the number of price changes; `period`: the milliseconds between two."""
        pairs = "&".join(f"{key}={value}" for key, value in query.items())
        return self.url(f"/{name}/" + (f"?{pairs}" if pairs else ""))


async def _send_prices(websocket: WebSocket) -> None:
    """The market of `market.js` as JSON: `{"time": ..., "quotes": [{"symbol": "ES", "ask": "1000.15", ...}, ...]}`.

    The socket closes after `steps` messages.
    """
    steps = int(websocket.query_params.get("steps", 1_000_000))
    period_s = float(websocket.query_params.get("period", 100)) / 1000
    await websocket.accept()
    start_s = int(time.time())
    with suppress(WebSocketDisconnect):
        for step in range(steps + 1):
            quotes: list[dict[str, Any]] = [_quote(place, step) for place in range(len(_SYMBOLS))]
            await websocket.send_text(json.dumps({"time": start_s + step, "quotes": quotes}))
            await asyncio.sleep(period_s)
        await websocket.close()


def _quote(place: int, step: int) -> dict[str, str]:
    cents = [(place + 1) * 100_000 + 3 * (step % 30_000 ^ 0b101) + field for field in range(3)]
    ask, bid, last = (f"{each // 100}.{each % 100:02d}" for each in cents)
    return {"symbol": _SYMBOLS[place], "ask": ask, "bid": bid, "last": last}
