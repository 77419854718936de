"""The HTTP server of a process's metrics, on a port of its own. It runs in threads: a scrape holds nothing up."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from tickql.feed.metrics import CONTENT_TYPE, Metric, Samples, exposition

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

logger = logging.getLogger("tickql.metrics")

_READ_S = 5.0
"""How long the process may take to tell its numbers: one that hangs is answered for with 503."""


class _Handler(WSGIRequestHandler):
    timeout = 10  # of a client that sends or reads nothing

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: a scrape is no event that a person acts on."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind, without asking the DNS for a name of this machine, as the base class does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


@contextmanager
def serve_metrics(
    host: str, port: int, metrics: Sequence[Metric], read: Callable[[], Samples], setting: str
) -> Iterator[str | None]:
    """Serve the metrics of this process at `/metrics`. Yields the address.

    `port` 0: nothing is served. If the port is in use, this is logged and nothing is served: prices matter more.
    `setting`: the name of the setting of the port. `read` runs in the event loop, where nothing changes meanwhile.
    """
    server = _open(host, port, setting) if port else None
    if server is None:
        yield None
        return
    name = f"[{server.server_name}]" if ":" in server.server_name else server.server_name
    address = f"http://{name}:{server.server_port}/metrics"
    loop = asyncio.get_running_loop()
    server.set_app(
        lambda environ, start: _answer(environ, start, host, lambda: exposition(metrics, _read_on(loop, read)))
    )
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    logger.info("metrics at %s", address)
    try:
        yield address
    finally:
        # `shutdown` waits for the thread, which looks each half second: nobody has to wait for that.
        threading.Thread(target=_close, args=(server,), daemon=True).start()


def _open(host: str, port: int, setting: str) -> _Server | None:
    try:
        family, _, _, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        kind = type("_Server", (_Server,), {"address_family": family})
        return kind(target[:2], _Handler)  # type: ignore[no-any-return]
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        logger.warning("no metrics: cannot listen on %s port %d: %s; choose another %s", host, port, why, setting)
        return None


def _close(server: _Server) -> None:
    server.shutdown()
    server.server_close()


def _read_on(loop: asyncio.AbstractEventLoop, read: Callable[[], Samples]) -> Samples:
    """Read the numbers in the event loop, where nothing changes them meanwhile."""

    async def read_now() -> Samples:
        return read()

    return asyncio.run_coroutine_threadsafe(read_now(), loop).result(_READ_S)


def _answer(
    environ: "WSGIEnvironment", start: "StartResponse", host: str, text: Callable[[], bytes]
) -> Iterable[bytes]:
    status, body = "200 OK", b""
    if not _is_allowed(environ.get("HTTP_HOST", ""), host):
        # The page of an attacker whose name leads to this address would read the answer in somebody's browser.
        status, body = "403 Forbidden", b"this server is not reached by that name\n"
    elif environ["PATH_INFO"] != "/metrics":
        status, body = "404 Not Found", b"the metrics are at /metrics\n"
    else:
        try:
            body = text()
        except (TimeoutError, RuntimeError):
            status, body = "503 Service Unavailable", b"this process does not respond\n"
    media_type = CONTENT_TYPE if status.startswith("200") else "text/plain; charset=utf-8"
    start(status, [("Content-Type", media_type), ("X-Content-Type-Options", "nosniff")])
    return [body]


def _is_allowed(named: str, host: str) -> bool:
    """Whether a request names an IP address, `localhost` or `host` as its host."""
    try:
        name = urlsplit(f"//{named}").hostname or ""
        if name in ("localhost", host.lower()):
            return True
        ip_address(name)
    except ValueError:
        return False
    return True
