"""Hostile WebSockets. `number` counts the repeats."""

from collections.abc import Sequence

from bench.hostile.client import INVENTED, Target
from bench.ticker import symbol
from bench.websocket import PING, client_frame

_ES = symbol(0)
_CONTINUATION, _UNFINISHED_TEXT = 0x00, 0x01
_FLOOD_FRAMES = 50_000
_SETTLE_S = 0.3


async def _flood(target: Target, frames: bytes, count: int, reads: bool = True, path: str = "/graphql") -> None:
    """Send frames until the server does not take them any more."""
    async with target.client(receive_bytes=None if reads else 4096) as client:
        if not (await client.init() if path == "/graphql" else await client.upgrade(path, None)):
            return
        for _ in range(_FLOOD_FRAMES // count):
            if not await client.send(frames):
                break
        await client.closed()


async def pings(target: Target, number: int) -> None:
    """50,000 pings of 125 bytes."""
    await _flood(target, client_frame(b"a" * 125, PING) * 1000, 1000)


async def unread_pongs(target: Target, number: int) -> None:
    """The same from a client that does not read, on the socket without GraphQL."""
    await _flood(target, client_frame(b"a" * 125, PING) * 1000, 1000, reads=False, path=f"/ws/{_ES}")


async def empty_pieces(target: Target, number: int) -> None:
    """A message in 50,000 pieces, all but the first of them empty."""
    await _flood(target, client_frame(b"a", _UNFINISHED_TEXT) + client_frame(b"", _CONTINUATION) * 1000, 1000)


async def small_messages(target: Target, number: int) -> None:
    """50,000 messages of 15 bytes."""
    await _flood(target, client_frame(b'{"type":"ping"}') * 1000, 1000)


MALFORMED: Sequence[bytes] = (
    *(b"[1]", b'"x"', b"1", b"null", b"[" * 60_000, b'{"a":' * 9000, b"9" * 5000, b'{"type":"' + b"x" * 200 + b'"}'),
    *(b'{"type":"\\ud800"}', b'{"type":"complete","id":[]}', b'{"type":"subscribe","id":{},"payload":{}}', b"\xff\xfe"),
    b'{"type":"subscribe","id":"1","payload":"x"}',
)


async def malformed_messages(target: Target, number: int) -> None:
    """Messages that the protocol does not know, each on a socket of its own."""
    for message in MALFORMED:
        async with target.client() as client:
            if await client.init():
                await client.send(client_frame(message))
                await client.closed()


async def invented_symbols(target: Target, number: int) -> None:
    """Boards of 8,000 symbols that nobody publishes, and of as many as an argument may name."""
    async with target.client() as client:
        if await client.init():
            for operation in range(5):
                await client.subscribe(f"many-{operation}", _BOARD, s=INVENTED)
            for operation in range(6):
                invented = [f"{each}-{number}-{operation}" for each in INVENTED[:500]]
                await client.subscribe(f"few-{operation}", _BOARD, s=invented)
            await client.frames(_SETTLE_S)


_BOARD = "subscription ($s: [String!]) { board(symbols: $s) { symbol } }"


async def long_aliases(target: Target, number: int) -> None:
    """90 subscriptions with an alias of 60 KB each."""
    async with target.client() as client:
        if await client.init():
            for each in range(90):
                alias = "a" * 60_000 + f"{number}_{each}"
                await client.subscribe(str(each), f'subscription {{ ticks(symbol: "{_ES}") {{ {alias}: seq }} }}')
            await client.frames(_SETTLE_S)


async def different_selections(target: Target, number: int) -> None:
    """99 subscriptions, each with 301 fields of its own."""
    async with target.client() as client:
        if await client.init():
            for each in range(99):
                fields = " ".join(f"a{number}_{each}_{field}: mid" for field in range(301))
                await client.subscribe(str(each), f'subscription {{ ticks(symbol: "{_ES}") {{ {fields} }} }}')
            await client.frames(_SETTLE_S)


async def different_paces(target: Target, number: int) -> None:
    """99 boards, each with a pace of its own."""
    async with target.client() as client:
        if await client.init():
            for each in range(99):
                board = f'board(symbols: ["{_ES}"], maxHz: {999 - each}) {{ a{number}_{each}: seq bid ask last }}'
                await client.subscribe(str(each), f"subscription {{ {board} }}")
            await client.frames(_SETTLE_S)


async def many_statuses(target: Target, number: int) -> None:
    """50 subscriptions of the feed's status, with all its symbols."""
    async with target.client() as client:
        if await client.init():
            for each in range(50):
                query = f"subscription {{ feedStatus {{ state a{each}: symbols {{ symbol state reason since }} }} }}"
                await client.subscribe(str(each), query)
            await client.frames(2.0)
