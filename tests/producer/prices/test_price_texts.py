"""The price texts of real pages, and the price that is read from each."""

# ruff: noqa: RUF001 - the very characters that pages show

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickql.feed.codec import check_price
from tickql.producer.errors import UnparsedPrice
from tickql.producer.prices.price_format import DEFAULT_FORMAT, PriceFormat

READ = [
    ("1,234.56", "22,258.75", "22258.75"),
    ("1,234.56", "22258.75", "22258.75"),
    ("1,234.56", "1.10", "1.10"),
    ("1,234.56", "0.00", "0.00"),
    ("1,234.56", "152.345", "152.345"),
    ("1,234.56", "1.085", "1.085"),
    ("1,234.56", "3.350", "3.350"),
    ("1,234.56", "99.500", "99.500"),
    ("1,234.56", "152,345", "152345"),
    ("1,234.56", "1,234,567.8", "1234567.8"),
    ("1,234.56", ".5", "0.5"),
    ("1.234,56", "22.258,75", "22258.75"),
    ("1.234,56", "152.345", "152345"),
    ("1.234,56", "152,345", "152.345"),
    ("1.234,56", "1.085,5", "1085.5"),
    ("1 234,56", "22 258,75", "22258.75"),
    ("1 234,56", "22\u00a0258,75", "22258.75"),
    ("1 234,56", "22\u202f258,75", "22258.75"),
    ("1 234,56", "22\u2009258,75\u00a0€", "22258.75"),
    ("1,2345.6", "1,2345.6", "12345.6"),
    ("1,2345.6", "12,3456,7890", "1234567890"),
    ("1,2345.6", "12345.6", "12345.6"),
    ("1'234.56", "22'258.75", "22258.75"),
    ("1'234.56", "22’258.75", "22258.75"),
    ("1’234.56", "22'258.75", "22258.75"),
    ("1,23,456.78", "1,23,456.78", "123456.78"),
    ("1,23,456.78", "12,34,567.8", "1234567.8"),
    ("1,23,456.78", "23,456.78", "23456.78"),
    ("1234.56", "22258.75", "22258.75"),
    ("1234,56", "22258,75", "22258.75"),
    ("85.10", "152.345", "152.345"),
    ("1234.56", "-1.25", "-1.25"),
    ("1234.56", "\u22121.25", "-1.25"),
    ("1234.56", "–1.25", "-1.25"),
    ("1234.56", "+1.25", "1.25"),
    ("1234.56", "$1.25", "1.25"),
    ("1234.56", "-$1.25", "-1.25"),
    ("1234.56", "$-1.25", "-1.25"),
    ("1234.56", "€ 1.25", "1.25"),
    ("1234.56", "1.25 EUR", "1.25"),
    ("1234.56", "US$1.25 USD", "1.25"),
    ("1234.56", "▲ 1.25", "1.25"),
    ("1234.56", "1.25▼", "1.25"),
    ("1234.56", " ↓1.25\n", "1.25"),
    ("1234.56", "\u200e1.25\u200f", "1.25"),
    ("1234.56", "١٢٣٤٫٥", "1234.5"),
    ("1,234.56", "١٬٢٣٤٫٥", "1234.5"),
    ("1234.56", "１２．５", "12.5"),
    ("1234.56", "१२.५", "12.5"),
    ("1.2K", "1.2K", "1200"),
    ("1.2K", "3.4M", "3400000"),
    ("1.2K", "1.23456 K", "1234.56"),
    ("1.2K", "0.05K", "50"),
    ("1.2K", "1.2", "1.2"),
    ("1,234.56M", "1,234.5B", "1234500000000"),
    ("32", "110'16", "110.5"),
    ("32", "110'165", "110.515625"),
    ("32", "110-165", "110.515625"),
    ("32", "108'185", "108.578125"),
    ("32", "102'302", "102.9453125"),
    ("32", "110’167", "110.5234375"),
    ("32", "109'18", "109.5625"),
    ("32", "110'000", "110"),
    ("32", "-0'16", "-0.5"),
    ("32", "110:16", "110.5"),
    ("32:", "14:05", "14.15625"),
    ("1/2", "99½", "99.5"),
    ("1/2", "498 3/8", "498.375"),
    ("1/2", "1/4", "0.25"),
    ("1/2", "99", "99"),
    ("32+", "100-17+", "100.546875"),
    ("32+", "100-17", "100.53125"),
    ("32.5", "110'16.5", "110.515625"),
    ("32.5", "110'16", "110.5"),
    ("32.5", "110'16.125", "110.50390625"),
    ("64", "1'05", "1.078125"),
    ("64", "1'63", "1.984375"),
    ("8", "498'2", "498.25"),
    ("8", "498-7", "498.875"),
]

NOT_READ = [
    ("1,234.56", "3.00.153"),
    ("1,234.56", "12,34.56"),
    ("1,234.56", "1,2345.6"),
    ("1,234.56", "1234,567.8"),
    ("1,234.56", ",234.5"),
    ("1,234.56", "0,234.5"),
    ("1,234.56", "1,234."),
    ("1,234.56", "22 258.75"),
    ("1,234.56", "22.258,75"),
    ("1,234.56", "4,512.25 4,513.00"),
    ("1,234.56", "↓12,153.43 28,233.69"),
    ("1,234.56", "BUY EUR5.39965"),
    ("1.234,56", "1.5"),
    ("1.234,56", "22,258.75"),
    ("1 234,56", "1\n234,56"),
    ("1 234,56", "1  234,56"),
    ("1,23,456.78", "123,456.78"),
    ("1234.56", "1,234.56"),
    ("1234.56", "007.5"),
    ("1234.56", "1e-5"),
    ("1234.56", "0x10"),
    ("1234.56", "1_000"),
    ("1234.56", "Infinity"),
    ("1234.56", "NaN"),
    ("1234.56", "+0.52%"),
    ("1234.56", "(1.25)"),
    ("1234.56", "1.25-"),
    ("1234.56", "--1.25"),
    ("1234.56", "-$-1.25"),
    ("1234.56", "- 1.25"),
    ("1234.56", "—1.25"),
    ("1234.56", "1.25¢"),
    ("1234.56", "1.25p"),
    ("1234.56", "$"),
    ("1234.56", "$-"),
    ("1234.56", "▲"),
    ("1234.56", "."),
    ("1234.56", "1.2K"),
    ("1234.56", "1.25³"),
    ("1234.56", "1\u202e5.2"),
    ("1234.56", "1٢3"),
    ("1234.56", "9" * 31),
    ("1234.56", "0." + "1" * 31),
    ("1.2K", "1.2m"),
    ("32", "110"),
    ("32", "110.5"),
    ("32", "110'32"),
    ("32", "110'5"),
    ("32", "110'16.5"),
    ("32", "110'16+"),
    ("32", "110'161"),
    ("32", "110'1650"),
    ("32", "110''16"),
    ("32", "14:05"),
    ("32.5", "59:16.5"),
    ("32:", "110'16"),
    ("1/2", "991/2"),
    ("1/2", "99 1/3"),
    ("1,2345.6", "1,234.5"),
    ("1,2345.6", "12345,6789.5"),
    ("32+", "100-175"),
    ("32.5", "110'165"),
    ("32.5", "110'16."),
    ("64", "1'64"),
    ("8", "498'8"),
    ("8", "498'20"),
]

SPACES = [chr(code) for code in (0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)]
FORMATS = ["1,234.56", "1.234,56", "1 234,56", "1'234.56", "1,23,456.78", "1234.56", "1234,56", "1.2K"]
FRACTIONS = ["32", "32+", "32.5", "64", "8"]


@pytest.mark.parametrize(("form", "text", "price"), READ)
def test_a_price_is_read_exactly(form: str, text: str, price: str) -> None:
    assert PriceFormat.from_text(form).parse(text) == price
    check_price(price)


@pytest.mark.parametrize("space", SPACES, ids=ascii)
def test_every_space_that_unicode_has_is_a_space(space: str) -> None:
    assert PriceFormat.from_text("1 234,56").parse(f"{space}22{space}258,75{space}€") == "22258.75"


@pytest.mark.parametrize(("form", "text"), NOT_READ)
def test_a_text_with_anything_else_around_the_number_is_unparsed(form: str, text: str) -> None:
    with pytest.raises(UnparsedPrice) as refused:
        PriceFormat.from_text(form).parse(text)
    assert refused.value.raw == text
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("form", FORMATS + FRACTIONS)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "\u00a0",
        "-",
        "--",
        "---",
        "–",
        "—",
        "\u2212",
        "N/A",
        "n/a",
        "#N/A",
        "…",
        "Loading...",
        "----.--",
        "--,--",
        "—.—",
    ],
)
def test_a_placeholder_is_no_price(form: str, text: str) -> None:
    assert PriceFormat.from_text(form).parse(text) is None


@pytest.mark.parametrize(("text", "price"), [("1234.56", "1234.56"), ("1,234.56", "1234.56"), ("1,234,567", "1234567")])
def test_without_a_format_plain_and_grouped_numbers_are_read(text: str, price: str) -> None:
    assert DEFAULT_FORMAT.parse(text) == price


@pytest.mark.parametrize("text", ["152,345", "-1,085", "$1,085"])
def test_without_a_format_a_lone_comma_is_not_guessed(text: str) -> None:
    with pytest.raises(UnparsedPrice, match="group or divide: give the field a format"):
        DEFAULT_FORMAT.parse(text)


def test_a_text_that_is_too_long_is_refused_before_parsing_and_cut_in_the_error() -> None:
    with pytest.raises(UnparsedPrice, match="10000000 characters, at most 256") as refused:
        PriceFormat.from_text("1,234.56").parse("1,111" * 2_000_000)
    assert len(refused.value.raw) <= 41


@given(st.from_regex(r"-?[0-9]{0,33}\.?[0-9]{0,33}", fullmatch=True))
def test_plain_decimals_are_read_by_the_rules_of_their_notation(text: str) -> None:
    notation = DEFAULT_FORMAT.notation
    match = re.fullmatch(f"-?{notation.pattern}", text)
    number = match and notation.exact_text(match)
    expected = None if number is None else "-" * text.startswith("-") + number
    if expected is not None and max(map(len, expected.removeprefix("-").split("."))) > 30:
        expected = None
    try:
        price = DEFAULT_FORMAT.parse(text)
    except UnparsedPrice:
        price = None
    assert price == expected
