"""Conventions of price tags and boards that leave one reading; and the neighbours of each that leave two."""

import pytest

from tests.producer.prices.test_seen_text import form, seen
from tickql.producer.errors import UnparsedPrice

READ = [
    # Counted zeros.
    ("", "$0.0|0v4|0=5962", "0.00005962"),
    ("", "0.0|0s4|0=5962", "0.00005962"),
    ("", "0.0₅123", "0.00000123"),
    ("", "0.0{5}123", "0.00000123"),
    ("1.234,56", "0,0₅123", "0.00000123"),
    # Cents beside a currency.
    ("", "12€|0^99", "12.99"),
    ("", "|0^$|0=12|0^99", "12.99"),
    ("1.234,56", "1.299 €|0^99", "1299.99"),
    # A price that holds no more.
    ("", "|0x1499|1=1299", "1299"),
    ("", "12.30|1x14.99", "12.30"),
    ("", "|0x$14|0x.99|3=$12", "12"),
    # Footnotes, times and counts beside a price with decimals.
    ("", "12.30|0n3", "12.30"),
    ("", "12.30|0^1)", "12.30"),
    ("", "12.30|0s14:05", "12.30"),
    ("", "12.30|2o2", "12.30"),
    # How the price has changed.
    ("", "12.30|1=▲15", "12.30"),
    ("", "12.30|0=▲15", "12.30"),
    ("", "1.0842|1s(+0.12%)", "1.0842"),
    ("", "1.0842|3=-0.12 %", "1.0842"),
    ("", "5,310.25|1=+12.5", "5310.25"),
    # A fraction behind its number.
    ("", "99½", "99.5"),
]  # fmt: skip

NOT_READ = [
    ("", "1.0|0v4|0=5962"),  # no zero before the small digit
    ("", "0.0|0v4"),
    ("", "0.0₉₉123"),  # more zeros than a price has
    ("", "12|0^99"),  # cents, 32nds or a footnote
    ("", "|0^$|0=12€|0^99"),
    ("", "12€|0^9"),
    ("", "12.30€|0^99"),
    ("", "|0x1499"),  # nothing but a price that holds no more
    ("", "|0x12|0=.30"),
    ("", "12|0x.3|0=4"),
    ("", "12.3|0l4"),  # a link that touches may be the last digit
    ("", "12.30|1=-0.15"),  # a change, or the end of a range
    ("", "1|1=▲12.30"),
    ("", "12.3|0=4%"),  # the end of a percentage
    ("", "4|0=.|0=2|0=5%"),
    ("", "12.3|0^4%"),
    ("", "0.12%|1=12.30"),
    ("", "1499|0n3"),  # a link behind a whole number
    ("", "12.30|0l12.40"),
    ("", "12.30|0^1"),
    ("", "12|0s14:05"),
    ("32", "110'16|0s14:05"),
    ("", "12.30|0o2"),  # a digit in a box of its own that touches the price
    ("", "5|2o12.30"),
    ("", "|0l3|1=12.30|1=4"),
    ("1,234.56", "8½"),  # the file says how this page writes decimals
]


@pytest.mark.parametrize(("name", "text", "price"), READ)
def test_a_convention_with_one_reading_needs_no_key(name: str, text: str, price: str) -> None:
    assert form(name).parse(seen(text)) == price


@pytest.mark.parametrize(("name", "text"), NOT_READ)
def test_what_only_looks_like_a_convention_is_no_price(name: str, text: str) -> None:
    with pytest.raises(UnparsedPrice):
        form(name).parse(seen(text))
