"""The message format of ticks, quotes and heartbeats. Only this module reads and writes their bytes.

The first five keys of a message are the documented public format and never change. Readers ignore unknown keys.
"""

import re
from datetime import UTC, datetime
from typing import Any

import orjson

from tickql.feed.errors import InvalidCursor, InvalidMessage, InvalidSymbol
from tickql.feed.tick import MAX_MERGED, MAX_UNIX_US, Cursor, Quote, Tick, check_symbol, second_text, unix_us

_MISSING = object()
_PRICE = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", re.ASCII)


def encode_tick(quote: Quote, cursor: Cursor, published_us: int) -> bytes:
    """Return the message of one tick, as UTF-8 JSON. The caller has checked the symbol and the prices.

    The key `merged` is there only if the tick replaces earlier changes of the page.
    """
    fields: dict[str, str | int | None] = {
        "timestamp": format_timestamp(quote.observed_us),
        "symbol": quote.symbol,
        "ASK": quote.ask,
        "BID": quote.bid,
        "LAST": quote.last,
        "cursor": f"{cursor.symbol}:{cursor.epoch}-{cursor.seq}",
        "observed_us": quote.observed_us,
        "published_us": published_us,
    }
    if quote.merged:
        fields["merged"] = quote.merged
    message = orjson.dumps(fields)
    # Each bytes object of orjson occupies 4 KB, and the spool keeps many: a copy is as large as its content.
    return bytes(memoryview(message))


def decode_tick(data: bytes, *, keep: bool = False) -> Tick:
    """Parse the message of one tick. `keep`: the tick keeps the message.

    Raises:
        InvalidMessage: `data` is not JSON, or a key is missing, has another type, or is out of range; names the key.
    """
    return _tick(_object(data), data if keep else b"")


def encode_quote(quote: Quote) -> bytes:
    """Return a quote as a line of a recording: the message of a tick without `cursor` and `published_us`."""
    return orjson.dumps(
        {
            "timestamp": format_timestamp(quote.observed_us),
            "symbol": quote.symbol,
            "ASK": quote.ask,
            "BID": quote.bid,
            "LAST": quote.last,
            "observed_us": quote.observed_us,
            **({"merged": quote.merged} if quote.merged else {}),
        }
    )


def decode_quote(data: bytes) -> Quote:
    """Parse a quote, or the quote in the message of a tick.

    Without the key `observed_us`, the time is that of `timestamp`, which is exact to the millisecond.

    Raises:
        InvalidMessage: `data` is not JSON, or a key is missing, has another type, or is out of range; names the key.
    """
    fields = _object(data)
    timestamp = _text(fields, "timestamp")
    observed_us = _microseconds(fields, "observed_us") if "observed_us" in fields else parse_timestamp(timestamp)
    if timestamp != format_timestamp(observed_us):
        raise InvalidMessage(f"timestamp {timestamp!r} is not observed_us {observed_us}")
    try:
        symbol = check_symbol(_text(fields, "symbol"))
    except InvalidSymbol as error:
        raise InvalidMessage(str(error)) from error
    ask, bid, last = (_price(fields, key) for key in ("ASK", "BID", "LAST"))
    return Quote(symbol, ask, bid, last, observed_us, _merged(fields))


def encode_heartbeat(top: Cursor) -> bytes:
    """Return the heartbeat that announces `top` as the newest tick of its symbol in Redis."""
    return orjson.dumps({"symbol": top.symbol, "heartbeat": str(top)})


def decode_live(data: bytes, *, keep: bool = False) -> Tick | Cursor:
    """Parse a message of a symbol's channel: a tick, or the newest cursor that a heartbeat announces.

    `keep`: a tick keeps the message.

    Raises:
        InvalidMessage: `data` is neither of the two.
    """
    fields = _object(data)
    if "heartbeat" not in fields:
        return _tick(fields, data if keep else b"")
    return _cursor(fields, "heartbeat")


def format_timestamp(observed_us: int) -> str:
    """Return Unix microseconds as `2025-02-19 08:02:05.053`: UTC, truncated (not rounded) to milliseconds."""
    second, microseconds = divmod(observed_us, 1_000_000)
    return f"{second_text(second).replace('T', ' ')}.{microseconds // 1000:03}"


def parse_timestamp(text: str) -> int:
    """Return the time `2025-02-19 08:02:05.053` (UTC) as Unix microseconds.

    Raises:
        InvalidMessage: `text` has another form, or names no time.
    """
    if not _TIMESTAMP.fullmatch(text):
        raise InvalidMessage(f"timestamp {text[:40]!r} is not like 2025-02-19 08:02:05.053")
    try:
        return unix_us(datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC))
    except ValueError as error:
        raise InvalidMessage(f"timestamp {text!r}: {error}") from error


def check_price(text: str) -> str:
    """Return `text` if it is an exact decimal, `-?digits[.digits]`, with at most 30 digits on either side.

    Raises:
        InvalidMessage: `text` has another form.
    """
    if not _PRICE.fullmatch(text):
        raise InvalidMessage(f"price {text[:40]!r} is not a plain decimal such as 22258.75")
    return text


def _tick(fields: dict[str, Any], message: bytes) -> Tick:
    tick = Tick(
        _cursor(fields, "cursor"),
        ask=_price(fields, "ASK"),
        bid=_price(fields, "BID"),
        last=_price(fields, "LAST"),
        observed_us=_microseconds(fields, "observed_us"),
        published_us=_microseconds(fields, "published_us"),
        merged=_merged(fields),
        message=message,
    )
    if fields.get("timestamp") != format_timestamp(tick.observed_us):
        raise InvalidMessage(f"timestamp {_describe(fields.get('timestamp'))} is not observed_us {tick.observed_us}")
    return tick


def _object(data: bytes) -> dict[str, Any]:
    try:
        fields = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidMessage(f"not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise InvalidMessage(f"a JSON {type(fields).__name__} instead of an object")
    return fields


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str):
        raise InvalidMessage(f"{key} is {_describe(value)} instead of a string")
    return value


def _cursor(fields: dict[str, Any], key: str) -> Cursor:
    try:
        cursor = Cursor.parse(_text(fields, key))
        # The symbol of a cursor is a valid one, so a message whose two symbols are equal needs no further check.
        if cursor.symbol != fields.get("symbol"):
            cursor.check_symbol(check_symbol(_text(fields, "symbol")))
    except (InvalidCursor, InvalidSymbol) as error:
        raise InvalidMessage(f"{key}: {error}") from error
    return cursor


def _price(fields: dict[str, Any], key: str) -> str | None:
    # The common cases first: this runs three times for each tick. Only an invalid price reaches `check_price`.
    price = fields.get(key, _MISSING)
    if price is None or (type(price) is str and _PRICE.fullmatch(price)):
        return price
    if price is _MISSING:
        raise InvalidMessage(f"{key} is missing")
    try:
        return check_price(_text(fields, key))
    except InvalidMessage as error:
        raise InvalidMessage(f"{key}: {error}") from error


def _microseconds(fields: dict[str, Any], key: str) -> int:
    value = fields.get(key)
    # `type`, not `isinstance`: JSON true is a bool, which is an int.
    if type(value) is not int or not 0 <= value <= MAX_UNIX_US:
        raise InvalidMessage(f"{key} is {_describe(value)} instead of Unix microseconds")
    return value


def _merged(fields: dict[str, Any]) -> int:
    value = fields.get("merged", 0)
    if type(value) is not int or not 0 <= value <= MAX_MERGED:
        raise InvalidMessage(f"merged is {_describe(value)} instead of a count")
    return value


def _describe(value: object) -> str:
    """Return a value as a short text for an error message."""
    # Only the type of a nested value: the repr of a deeply nested one may exceed the recursion limit.
    return f"a {type(value).__name__}" if isinstance(value, (dict, list)) else f"{value!r:.40}"
