"""The formats of a feed file: examples of prices, of which each names a notation."""

import pytest

from tickql.producer.errors import InvalidFormat
from tickql.producer.prices.price_format import PriceFormat


@pytest.mark.parametrize("text", ["1.234", "1,234", "12.345", "999,999"])
def test_an_example_that_reads_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(InvalidFormat, match="two ways"):
        PriceFormat.from_text(text)


@pytest.mark.parametrize(
    "text", ["", "abc", "32nds", "16", "1234", "1,234,567", "1,2,345.6", "1,234'567.8", "1.234.56", "$1.25", "1 234'5"]
)
def test_an_unknown_format_is_refused_with_a_list_of_the_known_ones(text: str) -> None:
    with pytest.raises(InvalidFormat, match=r"1,234\.56, 1\.234,56, .* 32, 32\+, 32\.5, 64 or 8"):
        PriceFormat.from_text(text)


def test_a_format_needs_no_particular_example() -> None:
    assert PriceFormat.from_text("22,258.75") == PriceFormat.from_text("1,234.56")
    assert PriceFormat.from_text("12\u00a0345,6") == PriceFormat.from_text("1 234,56")
    assert PriceFormat.from_text("1.2345") == PriceFormat.from_text("1234.56")
    assert PriceFormat.from_text("0.123") == PriceFormat.from_text("1234.56")


@pytest.mark.parametrize(
    ("form", "price", "text"),
    [
        ("1,234.56", "-1234567.10", "-1,234,567.10"),
        ("1.234,56", "1234.5", "1.234,5"),
        ("1,23,456.78", "12345678.9", "1,23,45,678.9"),
        ("32", "110.515625", "110'165"),
        ("32+", "110.515625", "110'16+"),
        ("32.5", "110.515625", "110'16.5"),
        ("8", "498.25", "498'2"),
        ("64", "1.078125", "1'05"),
    ],
)
def test_a_price_is_rendered_as_pages_write_it(form: str, price: str, text: str) -> None:
    assert PriceFormat.from_text(form).render(price) == text


@pytest.mark.parametrize(("form", "price"), [("32", "110.01"), ("8", "498.3"), ("32+", "110.5078125"), ("64", "1.001")])
def test_a_price_between_two_steps_of_a_fraction_cannot_be_rendered(form: str, price: str) -> None:
    with pytest.raises(ValueError, match="not a whole number of steps"):
        PriceFormat.from_text(form).render(price)
