"""A load balancer: passes each connection on to the next server that accepts it, as nginx does with `stream`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from urllib.parse import urlsplit

_PIECE_BYTES = 65_536
_CONNECTIONS = 1_024
"""Connections that may come at the same moment."""


@asynccontextmanager
async def load_balancer(servers: Callable[[], Sequence[str]]) -> AsyncIterator[str]:
    """The address at which any of `servers`, given as `http://host:port`, is reached. They are asked for each time."""
    turns = count()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        targets, first = list(map(urlsplit, servers())), next(turns)
        for number in range(len(targets)):
            target = targets[(first + number) % len(targets)]
            with suppress(OSError):
                upstream, to_server = await asyncio.open_connection(target.hostname, target.port)
                await asyncio.gather(_pass_on(reader, to_server), _pass_on(upstream, writer))
                return
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=_CONNECTIONS)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(_PIECE_BYTES):
            target.write(piece)
            await target.drain()
    # Whoever ends, ends both directions: no client of ours closes only one.
    target.close()
