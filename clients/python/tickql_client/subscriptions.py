"""What comes without end: ticks, the board, the state of the feed."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from enum import StrEnum
from typing import Any

from .connection import URL, Token
from .decoding import decode_status, decode_tick
from .documents import BOARD, FEED_STATUS, TICKS
from .resuming import OnConnection, subscribe
from .values import FeedStatus, Tick


class Delivery(StrEnum):
    """Which ticks a subscriber gets."""

    EVERY = "EVERY"
    """Each tick in order."""
    LATEST = "LATEST"
    """The newest tick whenever the connection can send one; `skipped` counts the others."""


async def ticks(
    symbol: str,
    *,
    after: str | None = None,
    delivery: Delivery = Delivery.EVERY,
    max_hz: float | None = None,
    url: str = URL,
    token: Token | None = None,
    on_connection: OnConnection = lambda _: None,
) -> AsyncGenerator[Tick, None]:
    """Yield the newest tick, or the ticks after the cursor `after`; then every new tick, without end.

    After a lost connection the ticks continue after the last one that was yielded. None is repeated, and a tick that
    can no longer be delivered is counted in the next tick's `gap`. With `delivery=Delivery.LATEST`, or at most `max_hz`
    ticks per second (0.1 to 1000), only the newest ticks are yielded, and the others are counted in `skipped`. Ticks
    that the caller does not take wait in its memory: a slow caller asks for the newest ones only.

    A caller that leaves the loop early closes the generator (`contextlib.aclosing`).

    Raises:
        TokenRefused: the server needs a token, or does not accept this one (any more).
        Refused: the symbol, the cursor or `max_hz` is invalid, or the token does not cover the symbol.
        NotAnApi: the server at `url` is not a tickql API.
    """
    # The cursor of the last yielded tick: `subscribe` asks for it again after each lost connection.
    cursor = after

    def variables() -> dict[str, Any]:
        return {"symbol": symbol, "after": cursor, "delivery": delivery.value, "maxHz": max_hz}

    results = subscribe(url, TICKS, variables, token=token, on_connection=on_connection)
    async with aclosing(results):
        async for result in results:
            tick = decode_tick(result["ticks"])
            cursor = tick.cursor
            yield tick


async def board(
    symbols: Sequence[str] | None = None,
    *,
    max_hz: float = 10.0,
    url: str = URL,
    token: Token | None = None,
    on_connection: OnConnection = lambda _: None,
) -> AsyncGenerator[tuple[Tick, ...], None]:
    """Yield the newest tick of each of `symbols` (default: all) that has changed, without end, `max_hz` times a second.

    The first event, also after a lost connection, has every symbol that has a tick; a large board comes in several
    events.

    Raises:
        TokenRefused: as `ticks`.
        Refused: a symbol or `max_hz` is invalid, or the token does not cover a symbol.
        NotAnApi: as `ticks`.
    """
    wanted = None if symbols is None else list(symbols)
    variables = {"symbols": wanted, "maxHz": max_hz}
    results = subscribe(url, BOARD, lambda: variables, token=token, on_connection=on_connection)
    async with aclosing(results):
        async for result in results:
            yield tuple(map(decode_tick, result["board"]))


async def feed_status(
    *, url: str = URL, token: Token | None = None, on_connection: OnConnection = lambda _: None
) -> AsyncGenerator[FeedStatus, None]:
    """Yield the state of the feed now, and then after each change, without end.

    Raises:
        TokenRefused: as `ticks`.
        NotAnApi: as `ticks`.
    """
    results = subscribe(url, FEED_STATUS, token=token, on_connection=on_connection)
    async with aclosing(results):
        async for result in results:
            yield decode_status(result["feedStatus"])
