"""A server that sends each WebSocket message back, with the WebSocket connections of the API.

    python -m tests.conformance.suites.echo_server

It prints its port. The limits of frames and of their sizes are those of the API, but for the rate and the number of
pieces of a message: some cases send one message in thousands of frames.
"""

import asyncio
import socket
import sys
from dataclasses import replace
from typing import Any

import uvicorn

from tickql.api.limits.values import LIMITS
from tickql.api.server import configure
from tickql.api.settings import ApiSettings

_MANY = 1_000_000


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Serve one WebSocket, or the start and end of the server."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


async def _serve() -> None:
    limits = replace(LIMITS, frames_per_s=_MANY, frames_burst=_MANY, pieces=_MANY)
    listening = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    settings = ApiSettings(port=0)
    await uvicorn.Server(configure(echo, settings, limits=limits)).serve(sockets=[listening])  # type: ignore[arg-type]


if __name__ == "__main__":
    asyncio.run(_serve())
