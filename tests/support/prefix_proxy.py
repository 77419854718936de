"""A reverse proxy that serves a server below a path, as nginx does with `location /prices/ { proxy_pass ...; }`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_HEAD_END = b"\r\n\r\n"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def prefix_proxy(server: str, prefix: str, *, passes_upgrades: bool = True) -> AsyncIterator[str]:
    """The address below which the server at `server` is found. `prefix`: begins and ends with a slash.

    `passes_upgrades`: otherwise no WebSocket gets through, as with nginx unless it is told: the request for one arrives
    as a plain one.
    """
    target = urlsplit(server)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            upstream = await asyncio.open_connection(target.hostname, target.port)
            await _forward(reader, writer, upstream, prefix, passes_upgrades=passes_upgrades)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}{prefix}"
    finally:
        listening.close()


async def _forward(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    prefix: str,
    *,
    passes_upgrades: bool,
) -> None:
    """Forward one request and its answer, or a WebSocket."""
    upstream_reader, upstream_writer = upstream
    try:
        head = await reader.readuntil(_HEAD_END)
        method, path, rest = head.split(b" ", 2)
        if not path.startswith(prefix.encode()):
            writer.write(_NOT_FOUND)
            return
        version, _, headers = rest.partition(b"\r\n")
        if not passes_upgrades or b"\r\nupgrade:" not in rest.lower():
            # One request a connection: the path of a second one would be forwarded as it is.
            headers = b"Connection: close\r\n" + _without(headers, b"connection:", b"upgrade:")
        path = b"/" + path.removeprefix(prefix.encode())
        upstream_writer.write(b" ".join((method, path, version)) + b"\r\n" + headers)
        there = asyncio.create_task(_pump(reader, upstream_writer))
        try:
            await _pump(upstream_reader, writer)
        finally:
            there.cancel()
    finally:
        upstream_writer.close()


def _without(headers: bytes, *names: bytes) -> bytes:
    return b"\r\n".join(line for line in headers.split(b"\r\n") if not line.lower().startswith(names))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
