"""Results of the API as values. The server has checked them against its schema."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from .values import FeedState, FeedStatus, Gap, GapReason, Page, SymbolStatus, Tick

Fields = dict[str, Any]


def decode_tick(fields: Fields) -> Tick:
    """Return a `Tick` or `HistoryTick` of the schema; the latter has no `skipped`."""
    return Tick(
        symbol=fields["symbol"],
        cursor=fields["cursor"],
        seq=fields["seq"],
        timestamp=_time(fields["timestamp"]),
        published_at=_time(fields["publishedAt"]),
        ask=_price(fields["ask"]),
        bid=_price(fields["bid"]),
        last=_price(fields["last"]),
        skipped=fields.get("skipped", 0),
        gap=decode_gap(fields["gap"]),
    )


def decode_gap(fields: Fields | None) -> Gap | None:
    """Return a `Gap` of the schema."""
    return None if fields is None else Gap(fields["after"], GapReason(fields["reason"]), fields["lost"])


def decode_page(fields: Fields) -> Page:
    """Return a `TickConnection` of the schema."""
    ticks = tuple(decode_tick(edge["node"]) for edge in fields["edges"])
    info = fields["pageInfo"]
    return Page(ticks, info["hasPreviousPage"], info["hasNextPage"], decode_gap(fields["gap"]))


def decode_status(fields: Fields) -> FeedStatus:
    """Return a `FeedStatus` of the schema."""
    symbols = tuple(
        SymbolStatus(
            each["symbol"],
            FeedState(each["state"]),
            each["reason"],
            _time(each["since"]),
            None if each["lastTickAt"] is None else _time(each["lastTickAt"]),
        )
        for each in fields["symbols"]
    )
    return FeedStatus(FeedState(fields["state"]), fields["reason"], _time(fields["since"]), symbols)


def _price(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
