"""Properties of seen texts: two numbers never become one, a cut number stays itself, keys change no plain price."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.producer.prices.test_cells import parser
from tests.producer.prices.test_price_format_properties import decimals
from tickql.feed.codec import check_price
from tickql.producer.errors import UnparsedPrice
from tickql.producer.prices.price_format import DEFAULT_FORMAT, PriceFormat
from tickql.producer.prices.price_parser import Parser, shifted
from tickql.producer.prices.seen_text import Gap, Kind, plain_words

ASIDES = (Kind.STRUCK, Kind.NOTE, Kind.BOXED)
BOUNDED = settings(deadline=None, derandomize=True, max_examples=200)
FORMATS = {name: PriceFormat.from_text(name) for name in ("1,234.56", "1.234,56", "1'234.56", "1234.56", "1,2345.6")}
KEYS = {
    keys: parser(keys)
    for keys in (
        'raised = "cents"', 'raised = "digits"', 'raised = "footnote"', 'raised = "exponent"', 'zeros = "subscript"',
        'unit = ["%", "K"]', "exponent = true", 'brackets = "negative"', 'match = "(.+)"',
        'raised = "footnote", unit = "p", exponent = true, brackets = "negative"',
    )
}  # fmt: skip

UNRELATED = ['unit = ["%", "K"]', "exponent = true", 'brackets = "negative"', 'raised = "cents"']

forms = st.sampled_from(sorted(FORMATS))
kinds = st.sampled_from([kind for kind in Kind if kind is not Kind.FRACTION])
# A struck-through end, or one in a small link, of a number is an aside by convention.
cut_kinds = kinds.filter(lambda kind: kind not in (Kind.STRUCK, Kind.NOTE))
gaps = st.sampled_from(list(Gap))
positive = decimals.map(lambda price: price.removeprefix("-"))
pieces = st.lists(st.tuples(gaps, kinds, st.text("0123456789.,' -+$%KM½²₅e()/x", max_size=6)), min_size=1, max_size=5)


def encoded(parts: list[tuple[Gap, Kind, str]]) -> str:
    (gap, kind, text), *others = parts
    first = text if kind is Kind.PLAIN else f"\x1f{gap}{kind}{text}"
    return first + "".join(f"\x1f{gap}{kind}{text}" for gap, kind, text in others)


def read(format_or_parser: Parser, text: str) -> str | None:
    try:
        return format_or_parser.parse(text)
    except UnparsedPrice as error:
        if "\x1f" in f"{error} {error.shown} {error.why}":
            pytest.fail(f"people would see the markers in {error}")
        return None


@settings(BOUNDED, max_examples=400)
@given(form=forms, one=positive, other=positive, gap=gaps, kind=kinds)
def test_two_complete_numbers_never_make_one_price(form: str, one: str, other: str, gap: Gap, kind: Kind) -> None:
    price_format = FORMATS[form]
    shown, more = price_format.render(one), price_format.render(other)
    # A tail of digits behind a decimal sign, and single digits, are one number where they touch.
    has_tail = "." in one and "." not in other and gap is Gap.TOUCHING
    is_digit_by_digit = len(shown) == 1 and len(more) == 1 and gap is Gap.TOUCHING
    if not has_tail and not is_digit_by_digit:
        # The second may be an aside of the first: an old price, a footnote's link, a badge.
        expected = (None, one) if kind in ASIDES else (None,)
        assert read(price_format, f"{shown}\x1f{gap}{kind}{more}") in expected


@settings(BOUNDED, max_examples=400)
@given(form=forms, price=decimals, cuts=st.lists(st.integers(1, 30), max_size=6), kind=cut_kinds)
def test_a_number_that_is_cut_is_read_as_itself_or_not_at_all(
    form: str, price: str, cuts: list[int], kind: Kind
) -> None:
    text = FORMATS[form].render(price)
    places = sorted({cut for cut in cuts if cut < len(text)})
    parts = [text[begin:end] for begin, end in zip([0, *places], [*places, len(text)], strict=True)]
    # One of the kinds in each text, at every second piece.
    whole = encoded([(Gap.TOUCHING, kind if number % 2 else Kind.PLAIN, part) for number, part in enumerate(parts)])
    assert read(FORMATS[form], whole) in (price, None)


@BOUNDED
@given(form=forms, price=decimals)
def test_a_number_digit_by_digit_is_read(form: str, price: str) -> None:
    text = FORMATS[form].render(price).replace("-", "")
    assert read(FORMATS[form], "\x1f0=".join(text)) == price.removeprefix("-")


@BOUNDED
@given(keys=st.sampled_from(sorted(KEYS)), price=decimals)
def test_no_key_changes_a_price_in_one_piece(keys: str, price: str) -> None:
    text = PriceFormat.from_text("1,234.56").render(price)
    assert read(KEYS[keys], text) == read(DEFAULT_FORMAT, text)


@settings(BOUNDED, max_examples=500)
@given(keys=st.sampled_from(["", *sorted(KEYS)]), form=forms, parts=pieces)
def test_any_pieces_are_a_valid_price_or_a_placeholder_or_unparsed(
    keys: str, form: str, parts: list[tuple[Gap, Kind, str]]
) -> None:
    text = encoded(parts)
    for reader in (KEYS.get(keys, DEFAULT_FORMAT), FORMATS[form], PriceFormat.from_text("1/2")):
        price = read(reader, text)
        if price is not None:
            check_price(price)
    assert "\x1f" not in plain_words(text)


@settings(BOUNDED, max_examples=400)
@given(keys=st.sampled_from(UNRELATED), parts=pieces)
def test_a_key_for_something_else_changes_no_price(keys: str, parts: list[tuple[Gap, Kind, str]]) -> None:
    price = read(DEFAULT_FORMAT, encoded(parts))
    if price is not None:
        assert read(KEYS[keys], encoded(parts)) == price


@BOUNDED
@given(text=st.text("0123456789\x1e\x1f=^sv.,", max_size=20))
def test_what_no_observer_sends_is_refused_or_a_valid_price(text: str) -> None:
    price = read(DEFAULT_FORMAT, text)
    if price is not None:
        check_price(price)


@BOUNDED
@given(price=decimals, power=st.integers(-15, 12))
def test_a_shift_is_exact_and_taken_back_by_its_opposite(price: str, power: int) -> None:
    with localcontext(prec=80):
        assert Decimal(shifted(price, power)) == Decimal(price).scaleb(power)
        assert Decimal(shifted(shifted(price, power), -power)) == Decimal(price)


@pytest.mark.parametrize("whole", ["0", "7", "498", "123456789012"])
@given(
    numerator=st.integers(1, 255), shape=st.sampled_from(["{w} {n}/{d}", "{w}\x1f0^{n}\x1f0v{d}", "{w}\x1f1={n}/{d}"])
)
@BOUNDED
def test_every_fraction_of_256_is_read_exactly(whole: str, numerator: int, shape: str) -> None:
    read_price = read(PriceFormat.from_text("1/2"), shape.format(w=whole, n=numerator, d=256))
    assert read_price is not None
    assert float(read_price) == float(whole) + numerator / 256 or len(whole) > 6
