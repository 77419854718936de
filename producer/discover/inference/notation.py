"""The number format of a page's prices, inferred from many texts: the one format that reads all of them. No I/O."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tickql.producer.errors import UnparsedPrice
from tickql.producer.prices import seen_text
from tickql.producer.prices.page_text import (
    ARABIC_DECIMAL,
    ARABIC_GROUP,
    CURRENCY,
    is_placeholder,
    normalize,
    without_arrows,
)
from tickql.producer.prices.price_format import PriceFormat
from tickql.producer.prices.seen_text import Gap, Kind

FORMATS = ("1,234.56", "1.234,56", "1 234,56", "1'234.56", "1,23,456.78", "32", "32+", "32.5", "64", "8")
"""The formats that are tried, the most common first."""

_NUMBER = re.compile(
    rf"[+-]?(?:{CURRENCY} ?)?[+-]?"
    rf"(?:[0-9]+(?:[.,' ][0-9]+)*|[.,][0-9]+|[0-9]+['\-][0-9]{{1,3}}(?:\.[0-9]+)?\+?)(?: ?{CURRENCY})?"
)
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[-./][01]?[0-9]([-./][0-3]?[0-9])?|[0-3]?[0-9][-./][01]?[0-9][-./](?:19|20)?[0-9]{2}"
)
_FRACTIONS = ("32", "32+", "32.5", "64", "8")
# An apostrophe that separates thousands, as on Swiss pages.
_APOSTROPHE_THOUSANDS = re.compile(r"['\u2019][0-9]{3}['\u2019.]")
_ARABIC_SIGNS = str.maketrans({ARABIC_DECIMAL: ".", ARABIC_GROUP: ","})
# More digits are no price: several numbers, or a strip of digits that rolls.
_MAX_DIGITS = 18
_SIGNED = re.compile(r"^[+-]")


@dataclass(frozen=True, slots=True)
class Notation:
    """The inferred format of a set of texts."""

    format: str | None
    """The format that reads all texts; `None`: no format does, or several read them differently."""
    alternatives: tuple[str, ...] = ()
    """The formats that read all texts, but not to the same prices."""
    example: str = ""
    """A text that the alternatives read differently."""


def reads_as_price(text: str, given: PriceFormat | None = None) -> bool:
    """Return whether a text can be a price: not a time, a date, a percentage, a volume such as 1.2M, nor a list.

    `given`: the format that the user gives; it may read scaled numbers.
    """
    try:
        shown = without_arrows(normalize(as_shown(text))).translate(_ARABIC_SIGNS)
    except UnparsedPrice:
        return False
    if given is not None and _parse(given, text) is not None:
        return True
    # Pieces are one number only where the producer reads them as one. It leaves out what is no part of it.
    if not seen_text.is_plain(text):
        return bool(formats_of([text]))
    is_digit_strip = "0123456789" in shown or sum(map(str.isdigit, shown)) > _MAX_DIGITS
    return bool(_NUMBER.fullmatch(shown)) and not _DATE.fullmatch(shown) and not is_digit_strip


def as_shown(text: str) -> str:
    """Return a seen text without its markers: pieces that do not touch get a space between them. Empty: unreadable."""
    if seen_text.is_plain(text):
        return text
    try:
        pieces = seen_text.decode(text)
    except UnparsedPrice:
        return ""
    parts = (" " * bool(number and each.gap is not Gap.TOUCHING) + each.text for number, each in enumerate(pieces))
    return "".join(parts)


def is_difference(texts: Iterable[str]) -> bool:
    """Return whether the texts are changes of a price rather than prices: at least one of them has a sign."""
    return any(_SIGNED.match(without_arrows(normalize(as_shown(text)))) for text in texts)


def is_blank(text: str) -> bool:
    """Return whether a text is a placeholder such as `-`, for a price that the page does not have."""
    try:
        return not text.startswith(seen_text.UNREADABLE) and is_placeholder(normalize(as_shown(text)))
    except UnparsedPrice:
        return False


def formats_of(texts: Iterable[str]) -> list[str]:
    """Return the formats that read all of these texts; placeholders do not count."""
    wanted = [text for text in texts if not is_blank(text)]
    return [name for name in FORMATS if wanted and all(_value(name, text) is not None for text in wanted)]


def infer(texts: Sequence[str], *, around: Sequence[str] = (), lang: str = "") -> Notation:
    """Infer the format of a column of prices.

    `around` are the other numbers of the page: they decide where the column alone can be read in two ways. `lang` is
    the page's language. It decides in one case only: on an English page a lone dot is the decimal point.
    """
    wanted = list(dict.fromkeys(text for text in texts if not is_blank(text)))
    candidates = formats_of(wanted)
    if not candidates:
        return Notation(None)
    # `1,299` and a raised `99` reads as 1.29999 in one format only, but `1,299` alone in two.
    heads = list(dict.fromkeys(head for text in wanted if (head := _head(text)) is not None))
    if heads:
        ways, example = _alternatives(formats_of(heads), heads)
        ways = _decide(ways, heads, around, lang) if len(ways) > 1 else ways
        if len(ways) > 1 or not set(ways) <= set(formats_of(heads)) & set(candidates):
            return Notation(None, tuple(ways) if len(ways) > 1 else (), example)
    alternatives, example = _alternatives(candidates, wanted)
    if all(text.isdecimal() for text in wanted):
        # Whole numbers so far: the sign between the thousands of a later number is still open.
        alternatives, example = [name for name in FORMATS if name in ("1,234.56", "1.234,56", "1'234.56")], wanted[0]
    if len(alternatives) > 1:
        alternatives = _decide(alternatives, wanted, around, lang)
    if len(alternatives) > 1:
        return Notation(None, tuple(alternatives), example)
    return Notation(alternatives[0])


def _head(text: str) -> str | None:
    """Return the first piece with digits of a text in pieces, if smaller or raised digits follow; `None`: none do."""
    if seen_text.is_plain(text):
        return None
    digits = [piece for piece in seen_text.decode(text) if any(map(str.isdigit, piece.text))]
    is_followed = any(piece.kind in (Kind.SMALL, Kind.RAISED) for piece in digits[1:])
    return digits[0].text if is_followed else None


def _alternatives(candidates: list[str], texts: Sequence[str]) -> tuple[list[str], str]:
    """Return one format for each way to read the texts, and the first text that they read differently."""
    ways: dict[tuple[str | None, ...], str] = {}
    for name in candidates:
        ways.setdefault(tuple(_value(name, text) for text in texts), name)
    example = next((text for i, text in enumerate(texts) if len({way[i] for way in ways}) > 1), "")
    return list(ways.values()), example


def _decide(alternatives: list[str], texts: Sequence[str], around: Sequence[str], lang: str) -> list[str]:
    """Return the alternatives that remain once the other numbers and the language of the page are considered."""
    fractions = [name for name in alternatives if name in _FRACTIONS]
    if fractions and len(fractions) < len(alternatives):
        # 110'165 is a fraction, unless the page writes other numbers with apostrophes or its language is Swiss.
        is_swiss = re.search(r"-(ch|li)$", lang.lower()) or any(_APOSTROPHE_THOUSANDS.search(text) for text in around)
        alternatives = ["1'234.56"] if is_swiss else fractions
    if len(alternatives) < 2 or fractions:
        return alternatives
    readable = [formats_of([text]) for text in around if re.search(r"[0-9][.,][0-9]", text)]
    decisive = [each for each in readable if each and 0 < len(set(each) & set(alternatives)) < len(alternatives)]
    supported = [name for name in alternatives if any(name in each for each in decisive)]
    if len(supported) == 1:
        return supported
    # Japanese, Chinese and Korean pages write numbers as English ones do.
    is_english_style = not lang or lang.lower().startswith(("en", "ja", "zh", "ko"))
    if is_english_style and not supported and "1,234.56" in alternatives and all("," not in text for text in texts):
        return ["1,234.56"]
    return alternatives


def _value(name: str, text: str) -> str | None:
    return _parse(_FORMATS[name], text)


def _parse(price_format: PriceFormat, text: str) -> str | None:
    try:
        return price_format.parse(text)
    except UnparsedPrice:
        return None


_FORMATS = {name: PriceFormat.from_text(name) for name in FORMATS}
