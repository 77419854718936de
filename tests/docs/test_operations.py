"""The page for operators is complete: what it lists is what the programs have."""

import ast
import re
from collections.abc import Iterator
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path

from tests.docs.test_protocol import rows as protocol_rows
from tickql.api.limits.values import LIMITS
from tickql.cli.exit_codes import ExitCode
from tickql.feed import health
from tickql.feed.health import FeedState
from tickql.feed.status import ProducerState
from tickql.producer.errors import PageFault

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text()
_STATUS = re.compile(
    r"(?:HTTPException|RequestRefused)\((\d{3})|\((\d{3}), [A-Z_]+_HEADERS\)|return (\d{3}), \"|else (\d{3})\)"
)


def column(head: str) -> list[str]:
    """Return the first cells of each table whose head begins with `head`, without their backticks."""
    tables = re.findall(rf"^\| {re.escape(head)} \|.*\n\|[ -|]*\n((?:\|.*\n)+)", OPERATIONS, re.MULTILINE)
    return [row.split(" | ")[0].strip("|` ") for table in tables for row in table.splitlines()]


def numbers(head: str) -> set[int]:
    """Return the numbers of such tables, of which a cell may have several."""
    return {int(number) for cell in column(head) for number in re.findall(r"\d+", cell)}


def kinds() -> Iterator[str]:
    """Yield what the API refuses, as its sources name it, with `...` for what is filled in."""
    for path in (ROOT / "api").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "refused":
                match node.args[0]:
                    case ast.Constant(value=str(kind)):
                        yield kind
                    case ast.JoinedStr(values=parts):
                        yield "".join(
                            part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "..."
                            for part in parts
                        )


def test_the_table_of_fixed_limits_has_each_value() -> None:
    shown = re.findall(r"^\| `([a-z_]+)` \| ([\d.]+) \|", OPERATIONS, re.MULTILINE)
    assert {name: float(value) for name, value in shown} == {name: float(v) for name, v in asdict(LIMITS).items()}


def test_every_state_of_the_feed_and_of_a_producer_is_listed() -> None:
    assert column("state") == [*FeedState, *ProducerState]


def test_every_reason_that_clients_get_is_listed() -> None:
    own = {*health.PUBLIC_REASONS.values(), health.PUBLIC_REFUSAL, health.PUBLIC_PART}
    assert set(column("reason")) == own


def test_every_fault_of_a_page_is_listed() -> None:
    assert column("fault") == [fault.__name__ for fault in PageFault.__subclasses__()]


def test_every_http_status_is_listed() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "api").rglob("*.py"))
    named = {HTTPStatus[name].value for name in re.findall(r"HTTPStatus\.([A-Z_]+)", sources)}
    used = {int(number) for found in _STATUS.findall(sources) for number in found if number}
    assert {400, 401, 403, 406, 415, 421, 503} <= used | named
    # The others are answers of the framework: no such address, another method, a failure.
    assert numbers("HTTP status") == used | named | {200, 404, 405, 500}


def test_every_close_code_that_a_client_may_get_is_listed() -> None:
    told = {int(code) for row in protocol_rows("When a connection ends") for code in row[0].split(", ")}
    assert numbers("WebSocket close code") == told


def test_every_kind_of_refusal_is_listed() -> None:
    known = set(kinds())
    assert len(known) > 10
    # One limit of a document is found before the others, and named in full.
    known.discard("a document, because of its document_characters")
    assert set(column("kind")) == known


def test_every_exit_code_is_listed() -> None:
    assert column("code") == [*(str(code.value) for code in ExitCode), "128 + n"]
