"""Conventions of price tags and boards that leave one reading; and the neighbours of each that leave two."""

# ruff: noqa: RUF001 - the very characters that pages show

import pytest

from tests.producer.prices.test_cells import parser
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
    # What stood behind an aside belongs to the aside.
    ("", "1,234|1=+5|0=.40"),
    ("", "5,310|2=▲12|0=.50"),
    ("", "12.30|1=+4|0=5"),
    ("", "1.084|1=+0.01|0^2"),
    ("1.2K", "12.5|1=+5|0=K"),
    ("", "-|0=+5|0=12.30"),
    ("", "1|0n2|0=.50"),
    ("", "1.084|1o2|0^5"),
    ("", "1.234|1x1.235|0^5"),
    # Counts of zeros in two pieces, and counts that may be digits.
    ("", "0.0|0v1|0v2|0=5"),
    ("", "0.0|0v1|0v3|0=25"),
    ("", "0.0|0s1|0=25"),
    ("", "0.0|0s2|0=5"),
    ("", "0.0₁25"),
    ("", "0.0{1}25"),
    # A point before three digits may group: raised digits behind them may be cents.
    ("", "1.299|0^99"),
    ("", "|0^€|0=1.299|0^99"),
    ("1.234,56", "1,299|0^99"),
    # Boxes and small links that may be the pips.
    ("", "1.08|1o42"),
    ("", "1.08|2o42"),
    ("", "1.08|1o4"),
    ("", "1.234|0n5"),
    # Old prices that are no whole pieces of their own.
    ("", "|0x12.30|1=▲0.15"),
    ("", "12|0x.5"),
    ("", "12.3|0x4"),
    ("", "12.30|4x14.99"),
    ("", "|0x-|0=12.30"),
    # A change or a size in front of a fraction, and a dash that is no sign.
    ("32", "▲4|0=110'16"),
    ("32", "45|0=110'16"),
    ("1/2", "-|3=99|0^1|0v2"),
    ("1/2", "–|1=99|1=1/2"),
    # Stablecoins are no billions.
    ("1.2K", "1.5 BUSD"),
    ("1.2K", "1.5MUSD"),
    ("1,234.56", "8½"),  # the file says how this page writes decimals
]


@pytest.mark.parametrize(("name", "text", "price"), READ)
def test_a_convention_with_one_reading_needs_no_key(name: str, text: str, price: str) -> None:
    assert form(name).parse(seen(text)) == price


NOT_READ_WITH_KEYS = [
    ('raised = "digits"', "0.0|0s4|0=5962"),
    ('raised = "cents"', "1.299|0^99"),
    ('raised = "cents"', "1299|1x1499|0^99"),
    ('raised = "exponent"', "1.210|0^3"),
    ('raised = "digits"', "12.3|0^4)"),
    ('raised = "footnote"', "12.5|0sm"),
    ('zeros = "subscript"', "0.0|0v1|0v2|0=5"),
    ('unit = "M"', "12.5|3=M"),
    ('unit = "M"', "12.5|2=M"),
    ('unit = "M"', "12.5|0^M"),
    ('unit = "K"', "12.5|1oK"),
    ('unit = "M"', "12.50|1=▲2.5|0=M"),
]


@pytest.mark.parametrize(("keys", "text"), NOT_READ_WITH_KEYS)
def test_a_convention_never_overrules_a_key(keys: str, text: str) -> None:
    with pytest.raises(UnparsedPrice):
        parser(keys).parse(seen(text))


@pytest.mark.parametrize(("name", "text"), NOT_READ)
def test_what_only_looks_like_a_convention_is_no_price(name: str, text: str) -> None:
    with pytest.raises(UnparsedPrice):
        form(name).parse(seen(text))
