"""The page of the soak and its server: `python -m bench.soak.market PORT SYMBOLS HZ`.

Every open page shows the same count of changes, made here: BID counts them, LAST is when each was made (Unix
microseconds). The count goes on by the clock over a restart. `GET /do/hang` and `/do/rename` make the pages misbehave.
"""

import asyncio
import json
import sys
import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

RENAMED_S = 6.0
_PAGE = (Path(__file__).parent / "board.html").read_bytes()


class Market:
    """Shows a page and tells it what to show."""

    def __init__(self, symbols: int, rate_hz: float) -> None:
        self._symbols = symbols
        self._rate_hz = rate_hz
        self._pages: set[ServerConnection] = set()

    async def run(self, port: int) -> None:
        """Listen on loopback and make changes until cancelled."""
        async with serve(self._talk, "127.0.0.1", port, process_request=self._answer, compression=None):
            begin = time.monotonic()
            count = int(time.time() * self._rate_hz)
            first = count
            while True:
                count += 1
                await asyncio.sleep(max(0.0, begin + (count - first) / self._rate_hz - time.monotonic()))
                self._tell({"count": count, "at": time.time_ns() // 1000})

    async def _talk(self, page: ServerConnection) -> None:
        await page.send(json.dumps({"symbols": self._symbols}))
        self._pages.add(page)
        try:
            await page.wait_closed()
        finally:
            self._pages.discard(page)

    def _answer(self, page: ServerConnection, request: Request) -> Response | None:
        if request.path == "/changes":
            return None
        if request.path.startswith("/do/"):
            self._tell({"do": request.path.removeprefix("/do/"), "for_ms": RENAMED_S * 1000})
            return page.respond(HTTPStatus.OK, "done\n")
        if request.path != "/":
            return page.respond(HTTPStatus.NOT_FOUND, "the page is at /\n")
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(_PAGE)),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
        return Response(HTTPStatus.OK, "OK", Headers(headers), _PAGE)

    def _tell(self, message: dict[str, object]) -> None:
        broadcast(self._pages, json.dumps(message))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(Market(int(sys.argv[2]), float(sys.argv[3])).run(int(sys.argv[1])))
