"""A reverse proxy that serves a server below a path, as nginx does with `location /prices/ { proxy_pass ...; }`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_HEAD_END = b"\r\n\r\n"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def prefix_proxy(server: str, prefix: str) -> AsyncIterator[str]:
    """The address below which the server at `server` is found. `prefix`: begins and ends with a slash."""
    target = urlsplit(server)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await _forward(reader, writer, target.hostname or "", target.port or 80, prefix)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}{prefix}"
    finally:
        listening.close()


async def _forward(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int, prefix: str
) -> None:
    """Forward one request and its answer, or a WebSocket."""
    head = await reader.readuntil(_HEAD_END)
    method, path, rest = head.split(b" ", 2)
    if not path.startswith(prefix.encode()):
        writer.write(_NOT_FOUND)
        return
    version, _, headers = rest.partition(b"\r\n")
    if b"\r\nupgrade:" not in rest.lower():
        # One request a connection: the path of a second one would be forwarded as it is.
        kept = [line for line in headers.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        headers = b"Connection: close\r\n" + b"\r\n".join(kept)
    upstream_reader, upstream_writer = await asyncio.open_connection(host, port)
    upstream_writer.write(b" ".join((method, b"/" + path.removeprefix(prefix.encode()), version)) + b"\r\n" + headers)
    there = asyncio.create_task(_pump(reader, upstream_writer))
    try:
        await _pump(upstream_reader, writer)
    finally:
        there.cancel()
        upstream_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
