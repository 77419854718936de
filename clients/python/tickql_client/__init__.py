"""The client of tickql: live prices, each once and in order, also after lost connections and restarts of the server.

    from tickql_client import ticks

    async for tick in ticks("ES"):
        print(tick.timestamp, tick.ask, tick.bid, tick.last)

`ticks`, `board` and `feed_status` never end by themselves; `last_price`, `last_prices` and `history` answer once. All
talk to the GraphQL API. `follow` reads ticks from Redis instead, without an API. `tickql_client.sync` has the same
functions for programs without asyncio.
"""

from .connection import URL, Token, check_address
from .errors import ClientError, InvalidAddress, NotAnApi, Refused, TokenRefused, Unreachable
from .follower import follow
from .queries import history, last_price, last_prices
from .subscriptions import Delivery, board, feed_status, ticks
from .values import FeedState, FeedStatus, Gap, GapReason, Page, SymbolStatus, Tick

__all__ = [
    "URL",
    "ClientError",
    "Delivery",
    "FeedState",
    "FeedStatus",
    "Gap",
    "GapReason",
    "InvalidAddress",
    "NotAnApi",
    "Page",
    "Refused",
    "SymbolStatus",
    "Tick",
    "Token",
    "TokenRefused",
    "Unreachable",
    "board",
    "check_address",
    "feed_status",
    "follow",
    "history",
    "last_price",
    "last_prices",
    "ticks",
]
