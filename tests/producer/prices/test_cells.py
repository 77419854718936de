"""Cells as pages write them: without a key never a wrong price, with one key the right one."""

# ruff: noqa: RUF001 - the very characters that pages show

import pytest

from tests.producer.prices.test_seen_text import seen
from tickql.producer.errors import UnparsedPrice
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.prices.price_parser import Parser

# (what the cell shows, the price that a person reads, a key that settles it; None: it must be read without a key)
CELLS: list[tuple[str, str, str | None]] = [
    ("$0.0|0v4|0=5962", "0.00005962", 'zeros = "subscript"'),
    ("$0.0₅123", "0.00000123", 'zeros = "subscript"'),
    ("0.0|0s4|0=5962", "0.00005962", 'zeros = "subscript"'),
    ("0.0{4}5962", "0.00005962", 'zeros = "subscript"'),
    ("35|0=00", "35.00", "decimals = 2"),
    ("|0^$|0=12|0^99", "12.99", 'raised = "cents"'),
    ("12€|0^99", "12.99", 'raised = "cents"'),
    ("$|0=12|0=99", "12.99", 'raised = "cents"'),
    ("1,299|0^99", "1299.99", 'raised = "cents"'),
    ("12|0=.|0=99", "12.99", None),
    ("12|0=.99", "12.99", None),
    ("12|0s50", "12.50", 'raised = "cents"'),
    ("110|0^16", "110.5", 'raised = "fraction", format = "32"'),
    ("498|0^2", "498.25", 'raised = "fraction", format = "8"'),
    ("1|0s/2", "0.5", 'format = "1/2"'),
    ("99|0^1|0v2", "99.5", 'format = "1/2"'),
    ("99|0s1|3s2", "99.5", 'format = "1/2"'),
    ("10|0^3", "1000", 'raised = "exponent"'),
    ("110'16|0^5", "110.515625", 'format = "32"'),
    ("1234|0^2", "1234", 'raised = "footnote"'),
    ("12.30|0^1)", "12.30", 'raised = "footnote"'),
    ("12.30|0l3", "12.30", 'raised = "footnote"'),
    ("12.30|1o2", "12.30", r'match = "(\\S+) .+"'),
    ("|0x1499|1=1299", "1299", r'match = "\\d+ (.+)"'),
    ("|0x1499|0=1299", "1299", r'match = "\\d{4}(.+)"'),
    ("|0x14.99|1=12", "12", r'match = "\\S+ (.+)"'),
    ("1499|1=→|1=1299", "1299", r'match = ".+ → (.+)"'),
    ("1299", "1299", None),
    ("5,310.25", "5310.25", None),
    ("|0f888|4=123", "123", r'match = "\\d+ (.+)"'),
    ("1.|1=25", "25", r'match = "\\d+\\. (.+)"'),
    ("1|1=12.30", "12.30", r'match = "\\d+ (.+)"'),
    ("110|1=-16", "110", r'match = "(\\d+) -\\d+", format = "1234.56"'),
    ("12.30|0=▲15", "12.30", 'match = "(.+)▲.+"'),
    ("-|1=12.30", "12.30", 'match = "[-–] (.+)"'),
    ("–|1=12.30", "12.30", 'match = "[-–] (.+)"'),
    ("12.30|0s14:05", "12.30", r'match = "(.+)\\d\\d:\\d\\d"'),
    ("$12.30|1s€11.20", "12.30", 'match = "(.+) €.+"'),
    ("(|0=37.63|0=)", "-37.63", 'brackets = "negative"'),
    ("12.5|0=K", "12500", 'unit = "K"'),
    ("4.25|0=%", "4.25", 'unit = "%"'),
    ("1|0=2|0=3", "123", None),
    ("١٢٣٤٫٥", "1234.5", None),
    ("１２３４．５", "1234.5", None),
    ("12⁹⁹", "12.99", 'raised = "cents"'),
    ("99½", "99.5", 'format = "1/2"'),
    ("𝟏𝟐.𝟑𝟎", "12.30", None),
    ("1,2345.6", "12345.6", 'format = "1,2345.6"'),
    ("١٢|0=٥٠", "1250", 'raised = "digits"'),
    ("1.23|0b45|0^6", "1.23456", None),
    ("0.52|0=36|0^6", "0.52366", None),
    ("5,310|0s.25", "5310.25", None),
    ("1|1=234.50", "1234.50", 'format = "1 234.56"'),
    ("68,12|0=3.45", "68123.45", None),
    ("$|1=12.30|1sUSD", "12.30", None),
    ("12.30", "12.30", None),
    ("1|0=2|0=.5", "12.5", None),
    ("$|0=12|0=.|0=99", "12.99", None),
    ("65,80 kr", "65.80", 'unit = "kr", format = "1234,56"'),
    ("Rs. 300", "300", 'unit = "Rs."'),
    ("12.3¢", "12.3", 'unit = "¢"'),
    ("1.2e-7", "0.00000012", "exponent = true"),
    ("12.30|1=x|1=400", "12.30", r'match = "(.+) x \\d+"'),
    ("1.0842|1s(+0.12%)", "1.0842", r'match = "(.+) \\(.+\\)"'),
]  # fmt: skip

TWO_THINGS = [
    "12.30|1=400", "5310|1=25", "12.30|3=400", "5310.25|3=12", "12|3=13", "1,234|0=,|1=500", "12.30|1=-|1=12.40",
    "12.30 400", "110|1=-|1=12", "12|1=30", "212.29|3=800", "212.30|0v900", "1.2714|1s2", "12|0=٣",
    "12.30|0=12.40",
]  # fmt: skip


def parser(keys: str) -> Parser:
    place = f'{{ selector = "#a"{keys and ", " + keys} }}'
    return (
        FeedFile.parse(f'page.url = "http://localhost"\n[[symbol]]\nname = "ES"\nask = {place}').rules[0].parsers["ask"]
    )


def read(keys: str, text: str) -> str | None:
    try:
        return parser(keys).parse(seen(text))
    except UnparsedPrice:
        return None


@pytest.mark.parametrize(("text", "price", "key"), CELLS)
def test_a_cell_is_read_right_with_one_key_and_never_wrong_without(text: str, price: str, key: str | None) -> None:
    assert read("", text) in (price, None)
    assert read(key or "", text) == price


def test_many_of_the_cells_need_no_key() -> None:
    assert sum(read("", text) == price for text, price, _ in CELLS) >= 25


@pytest.mark.parametrize("keys", ["", 'format = "1,234.56"', 'format = "32"', 'format = "1/2"', 'raised = "cents"'])
@pytest.mark.parametrize("text", TWO_THINGS)
def test_two_things_are_no_price(text: str, keys: str) -> None:
    assert read(keys, text) is None
