"""What takes long is computed in slices: new documents, many root fields, pages, and the first event of a board."""

import time
from typing import Any

import pytest

from tests.api.conftest import RunningApi
from tests.support.market import fill
from tickql.feed.settings import FeedSettings
from tickql.feed.time_slices import _Computation

_ROOTS = " ".join(f'a{number}: lastPrices(symbols: ["ES"]) {{ seq }}' for number in range(60))
_LEAVES = " ".join(f"a{number}: mid" for number in range(60))
_TICKS = 300


@pytest.fixture
def slices(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The slices of all computations, each by what it computes. Every pause ends one."""
    run = list[str]()
    advance = _Computation.advance

    def noted(computation: _Computation[Any], end_s: float) -> bool:
        run.append(_name(computation._compute))
        return advance(computation, time.monotonic())

    monkeypatch.setattr(_Computation, "advance", noted)
    return run


def _name(compute: Any) -> str:
    return str(getattr(compute, "func", compute).__name__)


async def test_a_new_document_is_parsed_and_validated_and_its_root_fields_executed_in_slices(
    api: RunningApi, feed_settings: FeedSettings, slices: list[str]
) -> None:
    await fill(feed_settings, 1)
    answer = await api.query(f"{{ {_ROOTS} }}")
    assert len(answer) == 60
    tokens, nodes = 60 * 11, 60 * 5
    assert slices.count("document") > tokens
    assert slices.count("errors") > nodes
    assert slices.count("execute_fields") > 60
    assert slices.count("_encode") >= 60


async def test_a_document_that_is_known_is_neither_parsed_nor_validated(api: RunningApi, slices: list[str]) -> None:
    await api.query("{ symbols }")
    slices.clear()
    await api.query("{ symbols }")
    assert {"document", "errors"}.isdisjoint(slices)


async def test_a_page_is_decoded_and_encoded_in_slices(
    api: RunningApi, feed_settings: FeedSettings, slices: list[str]
) -> None:
    await fill(feed_settings, *range(1, _TICKS + 1))
    page = await api.query(f'{{ history(symbol: "ES", last: {_TICKS}) {{ edges {{ node {{ {_LEAVES} }} }} }} }}')
    assert len(page["history"]["edges"]) == _TICKS
    assert slices.count("_decode_each") > _TICKS / 32
    assert slices.count("_encode") > _TICKS / 16
