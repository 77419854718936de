"""The keys that say how a price's text is read: what each makes of real cells, written as seen texts."""

# ruff: noqa: RUF001 - the very characters that pages show

import time

import pytest

from tests.producer.feedfile.price_keys import PAGE, WHOLE, feed
from tests.producer.prices.test_seen_text import seen
from tickql.producer.errors import UnparsedPrice
from tickql.producer.feedfile.feed_file import FeedFile


def parse(keys: str, text: str) -> str | None:
    has_whole = keys.startswith("whole")
    return (
        feed("" if has_whole else keys, place=keys if has_whole else 'selector = "#a"')
        .rules[0]
        .parsers["ask"]
        .parse(seen(text))
    )


READ = [
    # match: one group is the price.
    (r'match = "(.+) x \\d+"', "12.30 x 400", "12.30"),
    (r'match = "(.+) x \\d+"', "12.30|1=x|1s400", "12.30"),
    (r'match = "(.+) x \\d+"', "--", None),
    (r'match = "(\\S+) .*"', "1.0842|1s(+0.12%)", "1.0842"),
    (r'match = "\\S+ (.+)"', "|0x1499|1=1299", "1299"),
    (r'match = "(\\S+) .*"', "12.30|3=400", "12.30"),
    (r'match = "(\\S+) .*"', "12.30|1o2", "12.30"),
    (r'match = "\\d+\\. (.+)"', "1.|1=25", "25"),
    (r'match = "\\S+ → (.+)"', "1499|1=→|1=1299", "1299"),
    (r'match = "(\\d+\\.\\d\\d)\\d\\d:\\d\\d"', "12.30|0s14:05", "12.30"),
    (r'match = "(\\d+)-\\d+", format = "1234.56"', "110|0=−16", "110"),
    (r'match = "[-–] (.+)"', "–|1=12.30", "12.30"),
    # raised
    ('raised = "cents"', "12|0^99", "12.99"),
    ('raised = "cents"', "$12|1^99", "12.99"),
    ('raised = "cents"', "|0^$|0=12|0^99", "12.99"),
    ('raised = "cents"', "12€|0^99", "12.99"),
    ('raised = "cents"', "1,299|0^99", "1299.99"),
    ('raised = "cents", format = "1.234,56"', "1.299|0^99 €", "1299.99"),
    ('raised = "cents"', "12|0s50", "12.50"),
    ('raised = "cents"', "35|0=00", "35.00"),
    ('raised = "cents"', "$|0=12|0=99", "12.99"),
    ('raised = "cents"', "-12|0^99", "-12.99"),
    ('raised = "cents"', "12⁹⁹", "12.99"),
    ('raised = "cents"', "12", "12"),
    ('raised = "cents"', "12.|0^99", "12.99"),
    ('raised = "cents"', "١٢|0=٥٠", "12.50"),
    ('raised = "fraction", format = "32"', "110|0^16", "110.5"),
    ('raised = "fraction", format = "32"', "110|0^165", "110.515625"),
    ('raised = "fraction", format = "8"', "498|0^2", "498.25"),
    ('raised = "fraction", format = "8"', "498|0=2", "498.25"),
    ('raised = "digits"', "1.5|0^9", "1.59"),
    ('raised = "digits"', "1.57|0^9", "1.579"),
    ('raised = "digits"', "12|0=50", "1250"),
    ('raised = "digits"', "١٢|0=٥٠", "1250"),
    ('raised = "footnote"', "1234|0^2", "1234"),
    ('raised = "footnote"', "12.30|0^1)", "12.30"),
    ('raised = "footnote"', "12.30|0l3", "12.30"),
    ('raised = "footnote"', "12.30|1^*", "12.30"),
    ('raised = "footnote"', "12.30|0^a", "12.30"),
    ('raised = "footnote"', "12.30²", "12.30"),
    ('raised = "footnote"', "5,310|0s.25|0^1", "5310.25"),
    ('raised = "footnote"', "12.|0s99", "12.99"),
    ('raised = "exponent"', "10|0^3", "1000"),
    ('raised = "exponent"', "10|0^-3", "0.001"),
    ('raised = "exponent"', "1.2×10|0^-7", "0.00000012"),
    ('raised = "exponent"', "1.2×10⁻⁷", "0.00000012"),
    # Decimals that are shown without a sign.
    ("decimals = 2", "1299", "12.99"),
    ("decimals = 2", "-$1299", "-12.99"),
    ("decimals = 2", "5", "0.05"),
    ("decimals = 2", "35|0=00", "35.00"),
    ("decimals = 2", "12|0^99", "12.99"),
    ("decimals = 2", "12.99", "12.99"),
    ("decimals = 2", "--", None),
    (WHOLE, "12|0t99", "12.99"),
    (WHOLE, "$|0=12|0t99", "12.99"),
    (WHOLE, "12.|0t99", "12.99"),
    (WHOLE, "12|0t.99", "12.99"),
    (WHOLE, "1,299|0t9|0=9", "1299.99"),
    (WHOLE, "12€|0t99", "12.99"),
    (WHOLE, "12|0t|0s99", "12.99"),
    (WHOLE, "12|0t99 €", "12.99"),
    (WHOLE, "--|0t--", None),
    (WHOLE, "--|0t", None),
    (WHOLE + ', format = "32"', "110|0t16", "110.5"),
    (WHOLE + ', format = "1.234,56"', "1.299|0t99", "1299.99"),
    # Zeros that a small digit counts.
    ('zeros = "subscript"', "$0.0|0v4|0=5962", "0.00005962"),
    ('zeros = "subscript"', "0.0|0s4|0=5962", "0.00005962"),
    ('zeros = "subscript"', "$0.0₅123", "0.00000123"),
    ('zeros = "subscript"', "0.0₁₂5", "0.0000000000005"),
    ('zeros = "subscript"', "0.0{4}5962", "0.00005962"),
    ('zeros = "subscript"', "-0.0|0v5|0=12|0=3", "-0.00000123"),
    ('zeros = "subscript"', "0.0|0v1|0=5", "0.05"),
    ('zeros = "subscript"', "0.0123", "0.0123"),
    ('zeros = "subscript", format = "1.234,56"', "0,0₅123", "0.00000123"),
    # Units.
    ('unit = "%"', "4.253%", "4.253"),
    ('unit = "%"', "▲ -4.253 %", "-4.253"),
    ('unit = "¢"', "50¢", "50"),
    ('unit = "p"', "301.25p", "301.25"),
    ('unit = ["Rs", "Rs."]', "Rs. 300", "300"),
    ('unit = ["Rs", "Rs."]', "300.94Rs", "300.94"),
    ('unit = "Rs"', "-Rs 300", "-300"),
    ('unit = "kr", format = "1234,56"', "65,80\u00a0kr", "65.80"),
    ('unit = "kr"', "12|1skr", "12"),
    ('unit = "%"', "--%", None),
    ('unit = "K"', "12.5|0=K", "12500"),
    ('unit = ["K", "M"]', "$1.25M", "1250000"),
    ('unit = "Mio.", format = "1234,56"', "1,25 Mio. €", "1250000"),
    ('unit = ["万", "億"]', "1.25億", "125000000"),
    ('unit = ["Cr", "lakh"]', "₹1.2 Cr", "12000000"),
    ('unit = ["Cr", "lakh"]', "3 lakh", "300000"),
    ('unit = "K"', "12.5", "12.5"),
    ('unit = "T"', "12.5 USDT", "12.5"),
    ("exponent = true", "1.2e-7", "0.00000012"),
    ("exponent = true", "-1.2E+5 USD", "-120000"),
    ("exponent = true", "1.25", "1.25"),
    ('brackets = "negative"', "(1.25)", "-1.25"),
    ('brackets = "negative"', "$(1.25)", "-1.25"),
    ('brackets = "negative"', "($1.25)", "-1.25"),
    ('brackets = "negative"', "(|0=37.63|0=)", "-37.63"),
    ('brackets = "negative"', "1.25", "1.25"),
    ('brackets = "negative", unit = "%"', "(1.25%)", "-1.25"),
    ('brackets = "negative", unit = "%"', "(1.25)%", "-1.25"),
    # Fractions with their denominators.
    ('format = "1/2"', "99½", "99.5"),
    ('format = "1/2"', "½", "0.5"),
    ('format = "1/2"', "498 1/4", "498.25"),
    ('format = "1/2"', "-$498-1/4", "-498.25"),
    ('format = "1/2"', "99", "99"),
    ('format = "1/2"', "99⅞ USD", "99.875"),
    ('format = "1/2"', "99 1⁄2", "99.5"),
    ('format = "1/2"', "1|0s/2", "0.5"),
    ('format = "1/2"', "99|0^1|0v2", "99.5"),
    ('format = "1/2"', "99|0^1|0=⁄|0v2", "99.5"),
    ('format = "1/2"', "99|1s1|3s2", "99.5"),
    ('format = "1/2"', "|0^1|3=99|0v2", "99.5"),
    ('format = "1/2"', "99¹⁄₂", "99.5"),
    ('format = "1/2"', "$|0=99|0s½", "99.5"),
    ('format = "1/2"', "498|1=1/4", "498.25"),
]  # fmt: skip
NOT_READ = [
    (r'match = "(.+) x \\d+"', "12.30 400", "does not match"),
    (r'match = "(.+) x \\d+"', "12.30 12.40 x 400", "does not match the format"),
    ('raised = "cents"', "12|0^9", "raised ="),
    ('raised = "cents"', "12|0^999", "raised ="),
    ('raised = "cents"', "12.30|0^99", "raised ="),
    ('raised = "cents"', "12|0^99|0=5", "narrower"),
    ('raised = "cents"', "35|0=00|0=12", "narrower"),
    ('raised = "cents"', "5310|1s25", "narrower"),
    ('raised = "cents"', "5310|3^25", "narrower"),
    ('raised = "cents"', "12|0o99", "narrower"),
    ('raised = "fraction", format = "32"', "110|0^32", "does not match"),
    ('raised = "digits"', "12.30|0=12.40", "narrower"),
    ('raised = "digits"', "12.30|3^4", "narrower"),
    ('raised = "footnote"', "0.0|0^4|0=5962", "zeros ="),
    ('raised = "footnote"', "12.5|0^M", "does not match"),
    ('raised = "footnote"', "12.5|0sM", "does not match"),
    ('raised = "footnote"', "|0^-|0=12.5", "narrower"),
    ('raised = "exponent"', "5|0^2", "raised ="),
    ('raised = "exponent"', "110|0^2", "raised ="),
    ("decimals = 2", "12.5", "decimals = 2"),
    ("decimals = 2", "35|0=000", "decimals = 2"),
    (WHOLE, "12", "no digits"),
    (WHOLE, "12|0t", "no digits"),
    (WHOLE, "--|0t99", "not one number"),
    (WHOLE, "12.30|0t99", "not one number"),
    (WHOLE, "12|0t9|3=9", "narrower"),
    ('zeros = "subscript"', "0.0|0v0|0=5", "zeros ="),
    ('zeros = "subscript"', "0.0|0v4", "zeros ="),
    ('zeros = "subscript"', "1.0|0v4|0=5", "zeros ="),
    ('zeros = "subscript"', "10.0₄5", "zeros ="),
    ('unit = "p"', "12.5 pp", "does not match"),
    ('unit = "K"', "K12.5", "does not match"),
    ('unit = "%"', "%4%", "does not match"),
    ('unit = "K"', "12.5|3=M", "does not match"),
    ("exponent = true", "1.2e-40", "30 digits"),
    ("exponent = true", "1.2e", "does not match"),
    ('brackets = "negative"', "(-1.25)", "does not match"),
    ('brackets = "negative"', "1.30 (1.25)", "does not match"),
    ('format = "1/2"', "991/2", "not below 1"),
    ('format = "1/2"', "99⅓", "no exact decimal"),
    ('format = "1/2"', "99|0=1/2", "narrower"),
    ('format = "1/2"', "99|3=1/2", "narrower"),
    ('format = "1/2"', "99|0=1|0=2", "narrower"),
    ('format = "1/2"', "99|0^1|2v2", "narrower"),
    ('format = "1/2"', "99.5", "does not match"),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "text", "price"), READ)
def test_a_key_settles_what_a_text_leaves_open(keys: str, text: str, price: str | None) -> None:
    assert parse(keys, text) == price


@pytest.mark.parametrize(("keys", "text", "reason"), NOT_READ)
def test_no_key_makes_a_price_of_anything_else(keys: str, text: str, reason: str) -> None:
    with pytest.raises(UnparsedPrice) as refused:
        parse(keys, text)
    assert reason in refused.value.why
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("4.253%", 'unit = "%"'),
        ("Rs. 300", 'unit = "Rs."'),
        ("65.80 kr", 'unit = "kr"'),
        ("12.3¢", 'unit = "¢"'),
        ("(1.25)", 'brackets = "negative"'),
        ("1.2e-7", "exponent = true"),
        ("12⁹⁹", 'raised = "cents"'),
        ("12.30 x 400", "match ="),
    ],
)
def test_the_reason_of_a_plain_text_names_its_key_too(text: str, advice: str) -> None:
    with pytest.raises(UnparsedPrice) as refused:
        parse("", text)
    assert advice in refused.value.why


def test_the_keys_of_a_rule_hold_for_its_prices_without_such_a_key() -> None:
    both = FeedFile.parse(
        f'{PAGE}[[symbol]]\nname = "ES"\nraised = "cents"\nunit = "p"\nignore = ["sup", ".note"]\n'
        'ask = { selector = "#a", raised = "digits", ignore = "i" }\nbid = "#b"\n'
        'last = { selector = "#c", read = "aria" }'
    )
    parsers = both.rules[0].parsers
    assert (parsers["ask"].parse(seen("12|0^99p")), parsers["bid"].parse(seen("12|0^99p"))) == ("1299", "12.99")
    assert both.observed()["rules"][0]["fields"] == {
        "ask": [{"selector": "#a", "read": "text", "ignore": ["i"]}],
        "bid": [{"selector": "#b", "read": "text", "ignore": ["sup", ".note"]}],
        "last": [{"selector": "#c", "read": "aria"}],
    }


def test_the_observer_is_told_of_the_whole_and_the_fraction() -> None:
    assert feed("", place=WHOLE).observed()["rules"][0]["fields"] == {
        "ask": [{"selector": ".w", "read": "text", "fraction": ".f"}]
    }


def test_the_title_of_the_document_is_read_without_a_selector() -> None:
    fields = feed("", place='read = "title"').observed()["rules"][0]["fields"]
    assert fields == {"ask": [{"selector": None, "read": "title"}]}


def test_a_pattern_that_stalls_other_engines_takes_no_time() -> None:
    parser = feed('match = "((?:a+)+)b"').rules[0].parsers["ask"]
    begin_s = time.thread_time()
    with pytest.raises(UnparsedPrice):
        parser.parse("a" * 250)
    assert time.thread_time() - begin_s < 0.05
