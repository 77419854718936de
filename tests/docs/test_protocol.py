"""The page for whoever writes a client is complete and true."""

import json
import re
from pathlib import Path

from tests.support.market import quote
from tickql.api.transport import close_codes
from tickql.feed.codec import decode_tick, encode_tick
from tickql.feed.keys import Keys
from tickql.feed.tick import Cursor, GapReason

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/protocol.md").read_text()
ERROR_CODE = re.compile(r"\bcode(?:\"\s*:|=)\s*\"([A-Z_]+)\"")


def rows(title: str) -> list[list[str]]:
    """Return the cells of the first table below a title."""
    lines = PAGE.partition(f"\n## {title}\n")[2].split("\n\n")
    table = next(block for block in lines if block.startswith("| "))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_every_close_code_is_listed() -> None:
    own = {value for name, value in vars(close_codes).items() if name.isupper() and isinstance(value, int)}
    listed = {int(code) for row in rows("When a connection ends") for code in row[0].split(", ")}
    # The others are those of the protocol graphql-transport-ws, and of WebSockets.
    assert {code for code in own if code > 125} <= listed
    assert {4400, 4401, 4403, 4406, 4408, 4409, 4429} <= listed


def test_every_error_code_is_listed() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "api").rglob("*.py"))
    used = set(ERROR_CODE.findall(sources)) | {"MISDIRECTED_REQUEST"}
    assert {row[0].strip("`") for row in rows("Errors")} == used


def test_every_reason_of_a_gap_is_listed() -> None:
    assert {row[0].strip("`") for row in rows("Ticks")} == set(GapReason)


def test_the_message_of_redis_is_one_of_the_feed() -> None:
    (message,) = re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)
    tick = decode_tick(message.encode())
    assert list(json.loads(message))[:5] == ["timestamp", "symbol", "ASK", "BID", "LAST"]
    made = encode_tick(quote(1), Cursor("ES", 1, 1), 1)
    assert re.findall(r'"(\w+)":', message) == re.findall(r'"(\w+)":', made.decode())
    assert str(tick.cursor) == "ES:1739952000000-812"


def test_every_key_of_the_feed_is_listed() -> None:
    keys = Keys()
    names = (keys.everything, keys.symbols, keys.status, keys.fence, keys.lease("<source>"), keys.faults)
    of_page = (keys.view("<source>"), keys.view_request("<source>"))
    of_symbol = (keys.channel("<symbol>"), keys.ticks("<symbol>"), keys.head("<symbol>"))
    listed = {name.strip("`") for row in rows("Redis") for name in row[0].split(", ")}
    assert listed == {*names, *of_symbol, *of_page}
