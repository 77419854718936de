"""The server of the board: three files over HTTP, and the quotes of the tape over a WebSocket."""

import errno
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from importlib.resources import files
from types import TracebackType
from typing import Self

import orjson
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tickql.demo.errors import CannotListen
from tickql.demo.instruments import BOARD
from tickql.demo.simulation import BoardQuote
from tickql.demo.tape import Tape

_FILES = {
    "/": ("board.html", "text/html; charset=utf-8"),
    "/board.css": ("board.css", "text/css; charset=utf-8"),
    "/board.js": ("board.js", "text/javascript; charset=utf-8"),
}
# Nothing from outside: the demo must work without a network.
_CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:"


class DemoServer:
    """Serves a market board that shows quotes. An async context manager: the server listens from enter to exit.

    The board shows the quotes in order, each at its `at_us`, and two quotes of one symbol at least `pace_s` seconds
    apart. If quotes follow faster, the board falls behind and shows every one. Time 0 is when the first board opens.

    Args:
        quotes: in order of `at_us`; may have no end.
        notice: text at the top of the board, such as `SIMULATED DATA`.
        host: address to listen on.
        port: port to listen on; 0: a free one, see `url`.
        pace_s: shortest time between two quotes of one symbol, in seconds.
    """

    def __init__(
        self,
        quotes: Iterable[BoardQuote],
        *,
        notice: str = "SIMULATED DATA",
        host: str = "127.0.0.1",
        port: int = 0,
        pace_s: float = 0.01,
    ) -> None:
        self._tape = Tape(quotes)
        self._host, self._port = host, port
        self._hello = orjson.dumps(
            {
                "notice": notice,
                "pace_ms": pace_s * 1000,
                "instruments": [[row.symbol, row.name, row.group] for row in BOARD],
            }
        ).decode()
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        """Start listening.

        Raises:
            CannotListen: the port is in use, or the address is not one of this machine.
        """
        try:
            self._server = await serve(
                self._serve_board, self._host, self._port, process_request=_respond, compression=None, max_size=1024
            )
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            reason = "the port is in use, choose another" if taken else (error.strerror or str(error)).lower()
            raise CannotListen(f"cannot listen on {self._host}:{self._port}: {reason}") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    @property
    def url(self) -> str:
        """The address of the board, with a slash at its end."""
        if self._server is None:
            raise RuntimeError("the demo server is not started: enter it first")
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

    async def _serve_board(self, board: ServerConnection) -> None:
        """Send the board its instruments, then a batch of quotes for each message that it sends."""
        with suppress(ConnectionClosed):  # A page may be closed at any moment.
            await board.send(self._hello)
            position = self._tape.end
            async for _ in board:
                batch, position = self._tape.batch_from(position)
                quotes = [[quote.at_us / 1000, quote.symbol, quote.ask, quote.bid, quote.last] for quote in batch]
                await board.send(orjson.dumps({"quotes": quotes}).decode())


def _respond(board: ServerConnection, request: Request) -> Response | None:
    path = request.path.partition("?")[0]
    if path == "/quotes":
        return None
    if path not in _FILES:
        return board.respond(HTTPStatus.NOT_FOUND, "the board is at /\n")
    name, content_type = _FILES[path]
    body = files("tickql.demo").joinpath(name).read_bytes()
    headers = Headers(
        {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "Connection": "close",
        }
    )
    return Response(HTTPStatus.OK, "OK", headers, body)
