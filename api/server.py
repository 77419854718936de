"""Serving the API with uvicorn: one process, or several behind one listening socket."""

import asyncio
import errno
import logging
import logging.config
import multiprocessing
import os
import signal
import socket
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from tickql.api.app import create_app
from tickql.api.errors import CannotListen
from tickql.api.settings import ApiSettings
from tickql.api.transport.http_connection import HttpConnection
from tickql.api.transport.websocket_connection import WebSocketConnection

logger = logging.getLogger("tickql.api")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
    # A line per connection is nothing that a person acts on.
    "loggers": {"uvicorn": {"level": "WARNING"}},
}
_BACKLOG = 2048
_SEND_BUFFER_BYTES = 128 * 1024
_UNACKNOWLEDGED_MS = 10_000
_LARGEST_FRAME_BYTES = 64 * 1024


def serve(settings: ApiSettings, workers: int = 1) -> None:
    """Serve until SIGINT or SIGTERM. Open subscriptions are then closed with 1012: clients resume on the next server.

    Raises:
        CannotListen: the address is taken, not ours, or not loopback without `allow_remote`.
    """
    logging.config.dictConfig(LOGGING)
    listening = listen(settings)
    logger.info("listening on %s", address(listening))
    if workers > 1:
        os.environ.update(settings.environment())
        config = configure(
            "tickql.api.server:create_worker_app", settings, factory=True, workers=workers, log_config=LOGGING
        )
        Multiprocess(config, sockets=[listening]).run()
        return
    # uvicorn ends with the signal that stopped it; as an interrupt it can be told from being killed.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        uvicorn.Server(configure(create_app(settings), settings)).run(sockets=[listening])
    except KeyboardInterrupt:
        logger.info("stopped")
    finally:
        signal.signal(signal.SIGTERM, before)


def listen(settings: ApiSettings) -> socket.socket:
    """A socket that already takes connections; they are answered once a server serves it.

    Raises:
        CannotListen: as with `serve`.
    """
    if not settings.is_loopback and not settings.allow_remote:
        raise CannotListen(
            f"{settings.host} can be reached from other machines and there is no authentication yet: "
            "say that this is meant with allow_remote (TICKQL_ALLOW_REMOTE=1), or listen on 127.0.0.1"
        )
    where = f"{settings.host} port {settings.port}"
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _bound_clients(listening)
            listening.bind(target)
            listening.listen(_BACKLOG)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        taken = "it is in use; stop what listens there or choose another port (TICKQL_PORT, 0 takes any free one)"
        reason = taken if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        raise CannotListen(f"cannot listen on {where}: {reason}") from error
    return listening


def _bound_clients(listening: socket.socket) -> None:
    """Limit what one client can cost, on every connection that this socket accepts.

    Linux otherwise buffers some 3 MB for a client that does not read, and keeps one that is gone for many minutes.
    """
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)


def address(listening: socket.socket) -> str:
    """The URL under which a listening socket is reached."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def configure(app: Starlette | str, settings: ApiSettings, **more: Any) -> uvicorn.Config:
    """How uvicorn runs the API. Leaves logging alone. permessage-deflate is off: it costs 50 KiB a connection."""
    return uvicorn.Config(
        app,
        ws_per_message_deflate=False,
        ws_max_size=_LARGEST_FRAME_BYTES,
        lifespan="on",
        access_log=False,
        timeout_graceful_shutdown=settings.stop_timeout_s,
        **{"http": HttpConnection, "ws": WebSocketConnection, "log_config": None, **more},
    )


def create_worker_app() -> Starlette:
    """The application of one process of several; it stops when the process that started it is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        loop = asyncio.get_running_loop()
        loop.add_reader(parent.sentinel, _stop_orphan, loop, parent.sentinel)
    return create_app()


def _stop_orphan(loop: asyncio.AbstractEventLoop, sentinel: int) -> None:
    loop.remove_reader(sentinel)
    logger.warning("the parent process is gone, stopping")
    signal.raise_signal(signal.SIGTERM)
