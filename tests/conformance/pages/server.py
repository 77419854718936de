"""The web server of the conformance pages, their bundles, and the prices of the page that draws on a canvas."""

import asyncio
import json
import socket
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

PAGES = Path(__file__).parent
BUILT = PAGES.parents[2] / ".tickql" / "pages"
DEFAULT_PORT = 8765
"""The port in the pages' feed files."""

_SYMBOLS = ("ES", "NQ", "YM", "RTY", "CL", "GC")


class PagesServer:
    """All pages, each at `/<name>/`, on a loopback port. The server runs while the context is entered."""

    def __init__(self, port: int = 0) -> None:
        # The socket listens from now on: a client that comes before the server runs waits, and is not refused.
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(_app(), log_level="error", timeout_graceful_shutdown=1))

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        await self._task

    def url(self, name: str, **query: object) -> str:
        """Return a page's address. `steps`: the number of price changes; `period`: the milliseconds between two."""
        pairs = "&".join(f"{key}={value}" for key, value in query.items())
        return f"http://127.0.0.1:{self.port}/{name}/" + (f"?{pairs}" if pairs else "")


def _app() -> Starlette:
    return Starlette(
        routes=[
            WebSocketRoute("/prices", _send_prices),
            Mount("/built", StaticFiles(directory=BUILT, check_dir=False)),
            Mount("/", StaticFiles(directory=PAGES, html=True)),
        ]
    )


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
