"""Properties of all prices and texts: a rendered price is read back, and a second, simple parser reads the same."""

# ruff: noqa: RUF001 - the very characters that pages show

from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.producer.prices import plain_reader
from tickql.feed.codec import check_price
from tickql.producer.errors import UnparsedPrice
from tickql.producer.prices.price_format import DEFAULT_FORMAT, PriceFormat

BOUNDED = settings(deadline=None, derandomize=True, max_examples=200)

decimals = st.from_regex(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,12})?", fullmatch=True)
decimal_forms = st.sampled_from(list(plain_reader.SIGNS))
forms = st.sampled_from([*plain_reader.SIGNS, *plain_reader.FRACTIONS])
_SIGNS = "0123456789.,' -+:"


def _spoil(form: str, price: str, place: int, cut: int, other: str) -> str:
    text = PriceFormat.from_text(form).render(price)
    place %= len(text) + 1
    return text[:place] + other + text[place + cut :]


# Prices as any format writes them, some with a character more, less or another; and any mix of those characters.
near_prices = st.text(_SIGNS, max_size=12) | st.builds(
    _spoil, decimal_forms, decimals, st.integers(0, 40), st.integers(0, 1), st.sampled_from(["", *_SIGNS])
)
decorated = st.builds(
    "{}{}{}".format, st.sampled_from(["", "$", "US$ ", "-", "-$", "$-", "+", " "]), near_prices,
    st.sampled_from(["", "", " USD", "EUR", "%", "K", " "]),
)  # fmt: skip


def _read(price_format: PriceFormat, text: str) -> str | None:
    try:
        return price_format.parse(text)
    except UnparsedPrice:
        return None


@BOUNDED
@given(form=decimal_forms, price=decimals)
def test_a_decimal_written_in_any_format_is_read_back_digit_by_digit(form: str, price: str) -> None:
    price_format = PriceFormat.from_text(form)
    assert price_format.parse(price_format.render(price)) == price


@BOUNDED
@given(
    form=st.sampled_from(["32", "32.5", "8", "64", "32+"]), negative=st.booleans(),
    whole=st.integers(0, 10**12), parts=st.integers(0, 63), quarters=st.integers(0, 3),
)  # fmt: skip
def test_a_fraction_is_read_back_as_the_same_number(
    form: str, negative: bool, whole: int, parts: int, quarters: int
) -> None:
    denominator = plain_reader.FRACTIONS[form]
    finest = {"32": quarters * 25, "32.5": quarters * 25, "32+": quarters % 2 * 50}.get(form, 0)
    with localcontext(prec=60):
        value = whole + (parts % denominator + Decimal(finest) / 100) / denominator
        price = format(-value if negative else value, "f")
    price_format = PriceFormat.from_text(form)
    read = price_format.parse(price_format.render(price))
    assert read is not None
    assert Decimal(read) == Decimal(price)


@BOUNDED
@given(
    price=decimals,
    zero=st.sampled_from("٠۰०０"),
    space=st.sampled_from(" \u00a0\u202f\u2009"),
    arrow=st.sampled_from("▲▼"),
)
def test_marks_spaces_and_other_digits_change_nothing(price: str, zero: str, space: str, arrow: str) -> None:
    digits = {ord(str(n)): chr(ord(zero) + n) for n in range(10)}
    number = price.replace("-", "\u2212").translate(digits)
    text = f"{arrow}{space}\u200e{number}{space}€\u200f"
    assert PriceFormat.from_text("1234.56").parse(text) == price


@settings(BOUNDED, max_examples=300)
@given(form=forms, text=decorated)
def test_a_text_is_read_exactly_when_a_plain_reading_finds_a_number_and_as_that_number(form: str, text: str) -> None:
    read = _read(PriceFormat.from_text(form), text)
    expected = plain_reader.read(form, text)
    assert (None if read is None else Decimal(read)) == expected


# Other digits, and what stands in for an ASCII sign, may well make another number.
_STAND_INS = "\u066b\u066c，．＋\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d‘’\u02bc\u2032\u00a0\u2007\u2009\u202f"
foreign = st.characters(min_codepoint=128, exclude_categories=["Nd"], exclude_characters=_STAND_INS)


@settings(BOUNDED, max_examples=200)
@given(
    form=decimal_forms,
    price=decimals,
    place=st.integers(0, 40),
    other=foreign | st.sampled_from("▲€\u200e\ufeff\u202e"),
)
def test_one_foreign_character_never_makes_another_number(form: str, price: str, place: int, other: str) -> None:
    text = PriceFormat.from_text(form).render(price)
    place %= len(text) + 1
    assert _read(PriceFormat.from_text(form), text[:place] + other + text[place:]) in (price, None)


@BOUNDED
@given(form=forms, text=st.text(max_size=300))
def test_any_text_is_a_valid_price_or_a_placeholder_or_unparsed(form: str, text: str) -> None:
    for price_format in (PriceFormat.from_text(form), DEFAULT_FORMAT):
        price = _read(price_format, text)
        if price is not None:
            check_price(price)


@BOUNDED
@given(text=decorated)
def test_without_a_format_nothing_is_read_that_1234_dot_56_would_not_read(text: str) -> None:
    price = _read(DEFAULT_FORMAT, text)
    assert price is None or price == _read(PriceFormat.from_text("1,234.56"), text)


@pytest.mark.parametrize("form", [*plain_reader.SIGNS, *plain_reader.FRACTIONS])
def test_the_plain_reading_reads_what_is_written(form: str) -> None:
    assert plain_reader.read(form, PriceFormat.from_text(form).render("1234.5")) == Decimal("1234.5")
