"""Runs the API with uvicorn: in one process, or in several behind one listening socket."""

import asyncio
import errno
import logging
import logging.config
import multiprocessing
import os
import shutil
import signal
import socket
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from tickql.api.access.authenticator import Authenticator
from tickql.api.app import create_app
from tickql.api.errors import CannotListen
from tickql.api.limits.connections import ConnectionLimiter
from tickql.api.limits.open_files import raise_open_files
from tickql.api.limits.values import LIMITS, Limits
from tickql.api.metrics.worker_samples import FOLDER_VARIABLE
from tickql.api.settings import ApiSettings
from tickql.api.timings import Timings
from tickql.api.transport.http_connection import HttpConnection
from tickql.api.transport.websocket_connection import WebSocketConnection
from tickql.feed.log_format import JsonLines, LogFormat, TextLines, log_uncaught
from tickql.feed.tracing.tick_traces import warn_if_impossible

logger = logging.getLogger("tickql.api")

_BACKLOG_CONNECTIONS = 2048
"""Connections that may wait to be accepted: a thousand dashboards reconnect at once after a restart."""
_SEND_BUFFER_BYTES = 128 * 1024
"""What the system buffers for a connection. Linux alone would buffer some 3 MB for a client that does not read."""
_UNACKNOWLEDGED_MS = 10_000
"""How long sent data may stay without acknowledgement. Linux alone would keep a dead connection for many minutes."""


def serve(settings: ApiSettings, workers: int = 1) -> None:
    """Serve until SIGINT or SIGTERM. Open WebSockets are then closed with 1012: clients resume on the next server.

    Raises:
        CannotListen: the address is in use, does not belong to this machine, or is open to other machines while clients
            need no token.
        TokenFileUnusable, KeysUnusable: the tokens or keys of the settings cannot be read.
    """
    log = logging_configuration(settings.log_format)
    logging.config.dictConfig(log)
    log_uncaught(settings.log_format)
    listening = listen(settings)
    logger.info("listening on %s", address(listening))
    if workers > 1:
        # A token file that cannot be read is an error here, and not one of each worker.
        Authenticator(settings)
        warn_if_impossible()
        # Worker processes start from nothing and read the settings from the environment.
        os.environ.update(settings.environment())
        config = configure(
            "tickql.api.server:create_worker_app", settings, factory=True, workers=workers, log_config=log
        )
        with TemporaryDirectory(prefix="tickql-metrics-") as folder:
            os.environ[FOLDER_VARIABLE] = folder
            _Workers(config, sockets=[listening]).run()
        return
    # After it has stopped, uvicorn raises the signal that stopped it again. As a KeyboardInterrupt it can be caught
    # here; with the default handler SIGTERM would kill the process.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        uvicorn.Server(configure(create_app(settings), settings)).run(sockets=[listening])
    except KeyboardInterrupt:
        logger.info("stopped")
    finally:
        signal.signal(signal.SIGTERM, before)


class _Workers(Multiprocess):
    """uvicorn's worker processes. When they are stopped, their socket is closed first.

    Otherwise new clients would wait at it until the last old client is gone, instead of being refused: a load balancer
    gives those that are refused to another server.
    """

    def terminate_all(self) -> None:
        """Close the socket, and stop the workers: each has closed it before it closes its connections."""
        for listening in self.sockets:
            listening.close()
        super().terminate_all()


def logging_configuration(log_format: LogFormat) -> dict[str, Any]:
    """Return the configuration of `logging`. The workers get the same."""
    formatter = TextLines if log_format is LogFormat.TEXT else JsonLines
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{formatter.__module__}.{formatter.__qualname__}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": "INFO", "handlers": ["stderr"]},
        # At level INFO uvicorn writes a line for each connection.
        "loggers": {"uvicorn": {"level": "WARNING"}},
    }


def listen(settings: ApiSettings) -> socket.socket:
    """Return a socket that accepts connections. They wait in its backlog until a server serves it.

    Raises:
        CannotListen: as for `serve`.
    """
    if not (settings.is_loopback or settings.has_tokens or settings.insecure):
        raise CannotListen(
            f"{settings.host} can be reached from other machines, and clients need no token: make one with "
            "`tickql token new` and set TICKQL_TOKEN_FILE, or set TICKQL_JWT_KEYS, or listen on 127.0.0.1. "
            "`--insecure` (TICKQL_INSECURE=1) lets everybody read every price"
        )
    where = f"{settings.host} port {settings.port}"
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            # A restarted server gets its port at once, although connections of the old one are in TIME_WAIT.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _limit_client_cost(listening)
            listening.bind(target)
            listening.listen(_BACKLOG_CONNECTIONS)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        in_use = "it is in use; stop the other program or choose another port (TICKQL_PORT, 0: any free port)"
        reason = in_use if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        raise CannotListen(f"cannot listen on {where}: {reason}") from error
    return listening


def _limit_client_cost(listening: socket.socket) -> None:
    """Limit the memory and time that one client can cost. Accepted connections inherit these options."""
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)


def address(listening: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def configure(
    app: Starlette | str,
    settings: ApiSettings,
    timings: Timings | None = None,
    limits: Limits = LIMITS,
    **more: Any,
) -> uvicorn.Config:
    """Return the configuration of uvicorn. `more` overrides it.

    permessage-deflate is off because it takes 50 KiB per connection. Logging is configured by the caller.
    """
    return uvicorn.Config(
        app,
        ws_per_message_deflate=False,
        ws_max_size=limits.frame_bytes,
        timeout_keep_alive=limits.keep_alive_s,
        # Otherwise any client on this machine could name any address as its own.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        # For every response: a browser takes none for a script or a page that it is not.
        headers=[("X-Content-Type-Options", "nosniff")],
        lifespan="on",
        access_log=False,
        timeout_graceful_shutdown=settings.stop_timeout_s,
        **{
            "http": partial(
                HttpConnection,
                timings=timings or Timings(),
                limits=limits,
                limiter=ConnectionLimiter(settings, raise_open_files()),
                origins=settings.allowed_origins,
            ),
            "ws": partial(WebSocketConnection, timings=timings or Timings(), limits=limits),
            "log_config": None,
            **more,
        },
    )


def create_worker_app() -> Starlette:
    """Build the application of a worker process. It stops when the parent process is gone."""
    # A parent that was killed cannot stop its workers: they would keep the port in use.
    parent = multiprocessing.parent_process()
    if parent is not None:
        loop = asyncio.get_running_loop()
        loop.add_reader(parent.sentinel, _stop_orphan, loop, parent.sentinel)
    folder = os.environ.get(FOLDER_VARIABLE)
    return create_app(metrics_folder=None if folder is None else Path(folder))


def _stop_orphan(loop: asyncio.AbstractEventLoop, sentinel: int) -> None:
    loop.remove_reader(sentinel)
    logger.warning("the parent process is gone, stopping")
    # It would have removed the folder.
    shutil.rmtree(os.environ.get(FOLDER_VARIABLE, ""), ignore_errors=True)
    signal.raise_signal(signal.SIGTERM)
