"""Seen texts: decoded, joined where a person reads one number, and shown to people in words."""

# ruff: noqa: RUF001 - the very characters that pages show

import pytest

from tickql.producer.errors import UnparsedPrice
from tickql.producer.prices.price_format import DEFAULT_FORMAT, PriceFormat
from tickql.producer.prices.seen_text import decode, plain_words


def seen(text: str) -> str:
    """A seen text, written with `|` in place of the separator."""
    return text.replace("|", "\x1f")


def form(name: str) -> PriceFormat:
    return PriceFormat.from_text(name) if name else DEFAULT_FORMAT


READ = [
    # The decimal sign at the boundary.
    ("", "5,310|0=.25", "5310.25"),
    ("", "5,310|0s.25", "5310.25"),
    ("", "$12|0^.99", "12.99"),
    ("", "1,234.|0=56", "1234.56"),
    ("", "12.|0s99", "12.99"),
    ("", "12|0=.|0=99", "12.99"),
    ("1.234,56", "12,|0^50", "12.50"),
    ("", "١٢٣|0=٫٥", "123.5"),
    # A tail in another color, and a group that it cuts.
    ("", "12.3|0=45", "12.345"),
    ("", "68,12|0=3.45", "68123.45"),
    # Digit by digit.
    ("", "1|0=2|0=.|0=5", "12.5"),
    ("", "1|0=2|0=.5", "12.5"),
    ("", "1|0=,|0=2|0=3|0=4|0=.|0=5", "1234.5"),
    ("", "12.|0s9|0s9", "12.99"),
    # Pips.
    ("", "1.23|0b45|0^6", "1.23456"),
    ("", "0.52|0=36|0^6", "0.52366"),
    ("", "152.|0b34|0^5", "152.345"),
    ("", "1.234|0^5", "1.2345"),
    ("32", "110'16|0^5", "110.515625"),
    ("32", "110|0='16", "110.5"),
    ("32+", "100-17|0=+", "100.546875"),
    # One number, and text around it.
    ("", "$|1=12.30|1sUSD", "12.30"),
    ("", "|0^$|0=12.30", "12.30"),
    ("", "-|0=12.30", "-12.30"),
    ("", "▲|1=12.30", "12.30"),
    ("", "$|3=12.30", "12.30"),
    ("", "|0l12.30", "12.30"),
    ("1.2K", "12.5|0=M", "12500000"),
    ("1 234.56", "1|1=234.50", "1234.50"),
]  # fmt: skip

NOT_READ = [
    ("", "12|0^99", 'raised = "cents"'),
    ("32", "110|0^16", "fraction"),
    ("", "12.30|0^1", "footnote"),
    ("", "12.3|0s4", "footnote"),
    ("", "12.|0s30|0^1", "footnote"),
    ("", "12|0s.30|0^1", "footnote"),
    ("", "1.234|0s5|0^1", "footnote"),
    ("", "1234|0^2", "footnote"),
    ("", "0.000|0s4", 'zeros = "subscript"'),
    ("", "35|0=00", "decimals = 2"),
    ("", "12|0=50", "whole and fraction"),
    ("", "1234|0=5", 'raised = "cents"'),
    ("", "١٢|0=٥٠", "decimals = 2"),
    ("", "12.30|0=12.40", "ignore ="),
    ("", "1299|0=12.99", "ignore ="),
    ("", "1,299|0=12,99", "ignore ="),
    ("", "110|0=-16", "ignore ="),
    ("32", "110|0=-16", "ignore ="),
    ("32", "110|0=-|0=16", "ignore ="),
    ("", "12.30|3=400", "ignore ="),
    ("", "12.30|2=400", "ignore ="),
    ("", "12.30|4=400", "ignore ="),
    ("", "12.30|1=400", "ignore ="),
    ("", "5310|1=25", "ignore ="),
    ("1 234.56", "1|1s234", "ignore ="),
    ("1 234.56", "5310|1=25", "does not match"),
    ("", "12.30|1f12.31", "ignore ="),
    ("", "|0x1499", "struck through holds no more"),
    ("", "12.30|0o2", "ignore ="),
    ("", "|0o-|0=12.30", "ignore ="),
    ("", "-|1=12.30", "does not match"),
    ("", "–|3=12.30", "does not match"),
    ("1,234.56", "|0b1,234|0=,|1=500", "ignore ="),
    ("", "1.|1=25", "ignore ="),
    ("", "1499|1=→|1=1299", "ignore ="),
    ("", "12|0=٣", "decimals = 2"),
    ("1.2K", "12.5|3=M", "does not match"),
    ("1.2K", "12.5|0^M", "ignore ="),
    ("", "99|0=½", "ignore ="),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "price"), READ)
def test_pieces_that_a_person_reads_as_one_number_are_one(name: str, text: str, price: str) -> None:
    assert form(name).parse(seen(text)) == price


@pytest.mark.parametrize(("name", "text", "key"), NOT_READ)
def test_pieces_that_may_be_two_things_are_no_price_and_the_reason_names_a_key(name: str, text: str, key: str) -> None:
    with pytest.raises(UnparsedPrice) as refused:
        form(name).parse(seen(text))
    assert key in refused.value.why
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("12.30", "12.30"),
        ("12|0^99", "'12' and raised '99'"),
        ("12.30|3=400", "'12.30' and, on another line, '400'"),
        ("|0x1499|2=1299", "struck-through '1499' and, apart from it, '1299'"),
        ("1|0=2|0=3|0=4|0=5|0=6|0=7", "'1' and '2' and '3' and '4' and '5' and '6' …"),
        (
            "\x1ethe font maps digits to other digits",
            "a text that cannot be read: the font maps digits to other digits",
        ),
        ("12.3|0", "a text in pieces: the observer has cut or misspelt it"),
        ("|0=", "''"),
    ],
)
def test_people_read_a_text_in_words(text: str, words: str) -> None:
    assert plain_words(seen(text)) == words


def test_a_text_that_the_page_makes_unreadable_is_no_price_and_has_its_reason() -> None:
    with pytest.raises(UnparsedPrice, match="cannot be read is not a price: the font maps digits"):
        DEFAULT_FORMAT.parse("\x1ethe font maps digits to other digits")


@pytest.mark.parametrize("text", ["12|", "12|0", "12|9=3", "12|0?3", "|", "12|0^3|"])
def test_a_text_that_was_cut_in_the_middle_of_a_mark_is_no_price(text: str) -> None:
    with pytest.raises(UnparsedPrice, match="cut or misspelt"):
        DEFAULT_FORMAT.parse(seen(text))


@pytest.mark.parametrize("text", ["|0=", "--|3=", "-|0=-", " |1= |0=--"])
def test_pieces_without_a_digit_may_be_a_placeholder(text: str) -> None:
    assert DEFAULT_FORMAT.parse(seen(text)) is None


def test_spaces_at_the_ends_of_a_piece_are_a_gap() -> None:
    assert decode(seen("12 |0=30")) == decode(seen("12|1=30"))
    assert decode(seen("12|0= |0=30")) == decode(seen("12|1=30"))
    with pytest.raises(UnparsedPrice, match="ignore ="):
        DEFAULT_FORMAT.parse(seen("12.3 |0=45"))
