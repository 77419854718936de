"""Conversion and checks of arguments."""

import pytest
from pydantic import ValidationError
from strawberry import UNSET

from tickql.api.errors import BadUserInput
from tickql.api.schema.arguments import PageRange, given, read_max_hz, read_range, read_symbols
from tickql.api.settings import ApiSettings
from tickql.feed.tick import Cursor


def test_an_argument_that_is_left_out_means_null() -> None:
    assert given(UNSET) is None
    assert given(0) == 0


def test_repeated_symbols_are_dropped_and_the_order_is_kept() -> None:
    assert read_symbols(["NQ", "ES", "NQ"]) == ["NQ", "ES"]
    assert read_symbols(None) is None


@pytest.mark.parametrize("max_hz", [0.1, 1, 1000])
def test_a_rate_limit_within_the_range_is_accepted(max_hz: float) -> None:
    assert read_max_hz(max_hz) == max_hz


@pytest.mark.parametrize("max_hz", [0.0999, 1000.1, 0, -5, float("nan"), float("inf"), float("-inf")])
def test_a_rate_limit_outside_the_range_is_refused(max_hz: float) -> None:
    with pytest.raises(BadUserInput, match=r"^argument `maxHz`: .* is not 0.1 to 1000 events per second$"):
        read_max_hz(max_hz)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ({}, None, 100),
        ({"after": "ES:1-5"}, 100, None),
        ({"before": "ES:1-5"}, None, 100),
        ({"from_us": 1}, 100, None),
        ({"to_us": 1}, None, 100),
        ({"after": "ES:1-5", "before": "ES:1-9"}, 100, None),
        ({"last": 7, "after": "ES:1-5"}, None, 7),
        ({"first": 7, "before": "ES:1-5"}, 7, None),
    ],
)
def test_a_page_starts_at_the_end_that_is_given(asked: dict[str, object], first: int | None, last: int | None) -> None:
    nothing: dict[str, object] = dict.fromkeys(["first", "after", "last", "before", "from_us", "to_us"])
    page = read_range("ES", **(nothing | asked))  # type: ignore[arg-type]
    assert (page.first, page.last) == (first, last)


def test_a_range_is_read() -> None:
    assert read_range(
        "ES", first=2, after="ES:7-1", last=None, before="ES:8-0",
        from_us=1, to_us=1_000_000,
    ) == PageRange(2, None, Cursor("ES", 7, 1), Cursor("ES", 8, 0), 1, 1_000_000)  # fmt: skip


@pytest.mark.parametrize("origins", ["localhost:5173", "http://a.example/page", "http://a.example,nonsense"])
def test_a_malformed_origin_is_refused(origins: str) -> None:
    with pytest.raises(ValidationError, match="Invalid origin"):
        ApiSettings.model_validate({"allowed_origins": origins})
