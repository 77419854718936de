"""The messages that the producer publishes in Redis: ticks and heartbeats, and the cursors in them."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Self

from .values import Gap, GapReason, Tick

_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Cursor(NamedTuple):
    """The name of one tick, `<symbol>:<epoch>-<seq>`. Ordered by `seq` within an epoch; epochs have no order."""

    symbol: str
    epoch: int
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return a cursor.

        Raises:
            ValueError: `text` is not a cursor.
        """
        # A symbol may contain colons: the last one ends it.
        symbol, _, number = text.rpartition(":")
        epoch, _, seq = number.partition("-")
        if not (symbol and epoch.isdecimal() and seq.isdecimal()):
            raise ValueError(f"{text[:64]!r} is not a cursor, such as ES:1739952000000-812")
        return cls(symbol, int(epoch), int(seq))

    @property
    def stream_id(self) -> str:
        """The id of the tick's entry in its stream."""
        return f"{self.epoch}-{self.seq}"

    def __str__(self) -> str:
        return f"{self.symbol}:{self.stream_id}"


class Message(NamedTuple):
    """One message. `tick`: `None` in a heartbeat, whose cursor is that of the newest tick in Redis.

    `merged`: how many changes of the page this tick replaces.
    """

    cursor: Cursor
    tick: Tick | None
    merged: int

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Return a message.

        Raises:
            ValueError: `data` is not a message.
        """
        fields = json.loads(data)
        try:
            if "heartbeat" in fields:
                return cls(Cursor.parse(fields["heartbeat"]), None, 0)
            cursor = Cursor.parse(fields["cursor"])
            return cls(cursor, _tick(cursor, fields), fields.get("merged", 0))
        except (KeyError, TypeError, ArithmeticError) as error:
            raise ValueError(f"not a message of tickql: {error!r}") from error


def gap_between(last: Cursor, message: Message) -> Gap | None:
    """Return what is missing between the tick at `last`, delivered just before, and a tick; `None`: nothing."""
    if last.epoch != message.cursor.epoch:
        return Gap(str(last), GapReason.RESTARTED, None)
    lost = message.cursor.seq - last.seq - 1
    if lost:
        return Gap(str(last), GapReason.TRIMMED, lost)
    return Gap(str(last), GapReason.MERGED, message.merged) if message.merged else None


def _tick(cursor: Cursor, fields: dict[str, Any]) -> Tick:
    return Tick(
        symbol=cursor.symbol,
        cursor=str(cursor),
        seq=cursor.seq,
        timestamp=_time(fields["observed_us"]),
        published_at=_time(fields["published_us"]),
        ask=_price(fields["ASK"]),
        bid=_price(fields["BID"]),
        last=_price(fields["LAST"]),
    )


def _price(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _time(unix_us: int) -> datetime:
    return _UNIX_EPOCH + timedelta(microseconds=unix_us)
