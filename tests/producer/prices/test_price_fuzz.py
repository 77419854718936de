"""A small share of `make fuzz-prices` in every test run, and hostile texts."""

import time

import pytest

from tests.producer.prices import plain_reader, price_fuzz
from tickql.producer.errors import UnparsedPrice
from tickql.producer.prices.price_format import DEFAULT_FORMAT, PriceFormat

SHARE = 10_000
MANY = 10_000_000


def test_no_fuzzed_text_is_read_as_a_wrong_price() -> None:
    fuzz = price_fuzz.Fuzz(seed=0)
    fuzz.run(SHARE)
    assert fuzz.faults == []
    assert fuzz.counts["written"] > SHARE / 4
    assert fuzz.counts["near, and a price"] > SHARE / 20, "texts that are all refused prove nothing"


def test_the_fuzzer_finds_a_parser_that_takes_a_comma_for_a_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(price_fuzz._FORMATS, "1,234.56", PriceFormat.from_text("1.234,56"))
    fuzz = price_fuzz.Fuzz(seed=0)
    fuzz.run(1_000)
    assert fuzz.faults


@pytest.mark.parametrize(
    "text",
    ["1" * MANY, " " * MANY + "1", "1," * (MANY // 2), "1'" * (MANY // 2) + "x", "\u200e" * MANY + "1", "9" * 257],
    ids=["digits", "spaces", "groups", "fractions", "marks", "a little too long"],
)
@pytest.mark.parametrize("form", [*plain_reader.SIGNS, *plain_reader.FRACTIONS])
def test_a_text_of_any_length_is_refused_at_once(form: str, text: str) -> None:
    begin_s = time.thread_time()
    with pytest.raises(UnparsedPrice, match="at most 256 are read") as refused:
        PriceFormat.from_text(form).parse(text)
    assert time.thread_time() - begin_s < price_fuzz.SLOW_S
    assert len(str(refused.value)) < 400, "the text itself is cut to 40 characters"


@pytest.mark.parametrize(
    "text",
    [
        "1\u200f2",
        "1\u061c2.5",
        "12\u2067\u206934",
        "\u202b12\u202c34",
        "1,\u200f234",
        "1 \u202b2",
        "1\u202e2",
        "1\u202d2",
    ],
)
def test_a_mark_that_may_change_the_order_of_digits_is_refused(text: str) -> None:
    for price_format in (DEFAULT_FORMAT, PriceFormat.from_text("1,234.56"), PriceFormat.from_text("1 234,56")):
        with pytest.raises(UnparsedPrice):
            price_format.parse(text)


@pytest.mark.parametrize(
    "text", ["\u200f1,234.50 \u200f₪", "\u061c-1,234.50", "\u200e1\u200e,234.50", "\u20671,234.50\u2069"]
)
def test_a_mark_that_cannot_change_the_order_of_digits_is_ignored(text: str) -> None:
    assert (PriceFormat.from_text("1,234.56").parse(text) or "").removeprefix("-") == "1234.50"


@pytest.mark.parametrize(
    "text", ["1\x002", "1\x1b[31m2", "\x071", "1\x7f", "1\ud8002", "1\u20e3", "1\u03002", "½", "1²", "①"]
)
def test_control_characters_and_characters_that_only_look_like_digits_are_refused(text: str) -> None:
    for form in (*plain_reader.SIGNS, *plain_reader.FRACTIONS):
        with pytest.raises(UnparsedPrice):
            PriceFormat.from_text(form).parse(text)
