"""Last prices over HTTP: the same question is worked out once, and the answer is always the newest."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.context import Context
from api.engine import Engine
from api.schema import schema
from tests.api.conftest import RunningApi
from tests.api.market import Market

PRICES = """
query ($yes: Boolean = true) {
  here: lastPrice(symbol: "ES") { ...Prices seq @include(if: $yes) gap { lost } }
  lastPrices { symbol last }
  lastPrices2: lastPrices(symbols: ["NQ", "ES"]) { cursor timestamp }
  symbols
}
fragment Prices on Tick { symbol bid ask mid spread __typename }
"""


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The documents that Strawberry was asked to execute."""
    seen: list[str] = []
    execute = schema.execute

    async def watched(query: str, *arguments: Any, **named: Any) -> Any:
        seen.append(query)
        return await execute(query, *arguments, **named)

    monkeypatch.setattr(schema, "execute", watched)
    return seen


@pytest.fixture
async def both(api: RunningApi, market: Market) -> AsyncIterator[None]:
    """ES and NQ are followed: their newest ticks are in memory."""
    async with api.ticks("ES") as es, api.ticks("NQ") as nq:
        market.tick("ES")
        market.tick("NQ")
        await es.next()
        await nq.next()
        yield


async def _followed(api: RunningApi, symbol: str, seq: int) -> None:
    async with api.ticks(symbol) as stream:
        await stream.until(seq)


@pytest.mark.usefixtures("both")
async def test_the_same_question_is_executed_once(api: RunningApi, market: Market, executions: list[str]) -> None:
    question = '{ lastPrice(symbol: "ES") { seq } }'
    for seq in range(1, 5):
        await _followed(api, "ES", seq)
        for _ in range(3):
            assert (await api.query(question))["lastPrice"]["seq"] == seq
        market.tick("ES")
    assert executions == [question]


@pytest.mark.usefixtures("both")
async def test_an_answer_from_memory_is_strawberrys_answer(api: RunningApi, market: Market) -> None:
    for seq in range(1, 4):
        await _followed(api, "ES", seq)
        await api.query(PRICES)
        remembered = await api.query(PRICES)
        executed = await schema.execute(PRICES, context_value=Context(api.follower, Engine(api.follower)))
        assert remembered == executed.data
        assert list(remembered) == ["here", "lastPrices", "lastPrices2", "symbols"]
        market.tick("ES")


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize(
    "question",
    ['{ lastPrice(symbol: "ES") { seq } feedStatus { state } }', '{ lastPrice(symbol: "ES") { seq } __typename }'],
)
async def test_a_question_for_more_than_prices_goes_the_whole_way(
    question: str, api: RunningApi, executions: list[str]
) -> None:
    for _ in range(2):
        assert (await api.query(question))["lastPrice"] == {"seq": 1}
    assert executions == [question, question]


async def test_a_symbol_without_a_tick_is_asked_for_anew(api: RunningApi, market: Market) -> None:
    question = '{ lastPrice(symbol: "CL") { seq } }'
    for _ in range(2):
        assert await api.query(question) == {"lastPrice": None}
    market.tick("CL")
    await _followed(api, "CL", 1)
    assert await api.query(question) == {"lastPrice": {"seq": 1}}


@pytest.mark.usefixtures("both")
async def test_variables_are_part_of_the_question(api: RunningApi) -> None:
    question = "query ($symbol: String!) { lastPrice(symbol: $symbol) { symbol } }"
    for symbol in ("ES", "NQ", "ES", "NQ"):
        assert await api.query(question, symbol=symbol) == {"lastPrice": {"symbol": symbol}}


async def test_a_refusal_is_not_kept(api: RunningApi) -> None:
    for _ in range(2):
        reply = await api.post('{ lastPrice(symbol: "no symbol") { seq } }')
        assert reply["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
