"""What comes once: the newest prices, and stored ticks."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gql import gql

from .connection import CONNECTION_ERRORS, URL, Token, api_client, current_token, failure
from .decoding import decode_page, decode_tick
from .documents import HISTORY, LAST_PRICE, LAST_PRICES
from .values import Page, Tick

_TIMEOUT_S = 10.0
"""How long a query waits for the API."""


async def last_price(
    symbol: str, *, url: str = URL, token: Token | None = None, timeout_s: float = _TIMEOUT_S
) -> Tick | None:
    """Return the newest tick of a symbol; `None`: it has none.

    Raises:
        Unreachable: no answer came within `timeout_s`, or the server has no prices now.
        TokenRefused: the server needs a token, or does not accept this one.
        Refused: the symbol is invalid, or the token does not cover it.
        NotAnApi: the server at `url` is not a tickql API.
    """
    found = (await _answer(LAST_PRICE, {"symbol": symbol}, url, token, timeout_s))["lastPrice"]
    return None if found is None else decode_tick(found)


async def last_prices(
    symbols: Sequence[str] | None = None, *, url: str = URL, token: Token | None = None, timeout_s: float = _TIMEOUT_S
) -> tuple[Tick, ...]:
    """Return the newest tick of each of `symbols` (default: all) that has one, in their order.

    Raises:
        ClientError: as `last_price`.
    """
    wanted = None if symbols is None else list(symbols)
    answer = await _answer(LAST_PRICES, {"symbols": wanted}, url, token, timeout_s)
    return tuple(map(decode_tick, answer["lastPrices"]))


async def history(
    symbol: str,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    from_time: datetime | None = None,
    to_time: datetime | None = None,
    url: str = URL,
    token: Token | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> Page:
    """Return stored ticks of a symbol, oldest first.

    `first`: the oldest ticks after the cursor `after` and from `from_time` on. `last`: the newest ticks before the
    cursor `before` and `to_time`. Each is 1 to 1000. Without both: the first 100 if `after` or `from_time` is given,
    else the last 100. Both times need a time zone; `from_time` is included, `to_time` is not.

    Raises:
        ClientError: as `last_price`; `Refused` also if an argument is invalid.
        ValueError: a time has no time zone.
    """
    variables = {
        "symbol": symbol,
        "first": first,
        "after": after,
        "last": last,
        "before": before,
        "from": _time_text(from_time),
        "to": _time_text(to_time),
    }
    return decode_page((await _answer(HISTORY, variables, url, token, timeout_s))["history"])


async def _answer(
    document: str, variables: dict[str, Any], url: str, token: Token | None, timeout_s: float
) -> dict[str, Any]:
    request = gql(document)
    request.variable_values = variables
    client = api_client(url, await current_token(token))
    try:
        async with asyncio.timeout(timeout_s), client as session:
            answer: dict[str, Any] = await session.execute(request)
            return answer
    except CONNECTION_ERRORS as error:
        raise failure(error, url) from error


def _time_text(time: datetime | None) -> str | None:
    if time is not None and time.tzinfo is None:
        raise ValueError(f"the time {time} has no time zone")
    return None if time is None else time.isoformat()
