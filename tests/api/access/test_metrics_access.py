"""Who reads `/metrics`: an operator, where clients need tokens."""

import httpx
import pytest

from tests.api.access.conftest import Guarded, bearer
from tests.support.scraping import scrape


async def test_an_operator_reads_the_metrics(guarded: Guarded) -> None:
    assert "tickql_api_connections" in await scrape(guarded.api.url, bearer(guarded.operator))


@pytest.mark.parametrize("header", [{}, bearer("nonsense")])
async def test_nobody_else_does_without_a_valid_token(guarded: Guarded, header: dict[str, str]) -> None:
    answer = await guarded.api.get("/metrics", headers=header)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert _code(answer) == "UNAUTHENTICATED"


async def test_a_reader_does_not(guarded: Guarded) -> None:
    answer = await guarded.api.get("/metrics", headers=bearer(guarded.reader))
    assert (answer.status_code, _code(answer)) == (403, "FORBIDDEN")


def _code(answer: httpx.Response) -> str:
    code: str = answer.json()["errors"][0]["extensions"]["code"]
    return code
