"""How a page writes its prices, inferred from many texts: the format that reads them all, if it is one. No I/O."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tickql.producer.errors import UnparsedPrice
from tickql.producer.prices.page_text import CURRENCY, is_placeholder, normalize, without_arrows
from tickql.producer.prices.price_format import PriceFormat

FORMATS = ("1,234.56", "1.234,56", "1 234,56", "1'234.56", "1,23,456.78", "32", "32+", "32.5", "64", "8")
"""What is tried, the most common first."""

_NUMBER = re.compile(
    rf"[+-]?(?:{CURRENCY} ?)?[+-]?"
    rf"(?:[0-9]+(?:[.,' ][0-9]+)*|[.,][0-9]+|[0-9]+['\-][0-9]{{1,3}}(?:\.[0-9]+)?\+?)(?: ?{CURRENCY})?"
)
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[-./][01]?[0-9]([-./][0-3]?[0-9])?|[0-3]?[0-9][-./][01]?[0-9][-./](?:19|20)?[0-9]{2}"
)
_FRACTIONS = ("32", "32+", "32.5", "64", "8")
_THOUSANDS = re.compile(r"['\u2019][0-9]{3}['\u2019.]")
_MAX_DIGITS = 18
_SIGNED = re.compile(r"^[+-]")


@dataclass(frozen=True, slots=True)
class Notation:
    """What was inferred of a set of texts.

    `format` is what reads all of them; `None` if none does, or if two read them differently: these are `rivals`.
    """

    format: str | None
    rivals: tuple[str, ...] = ()
    example: str = ""
    """A text that is read in two ways."""


def reads_as_price(text: str) -> bool:
    """Whether a text can be a price at all: not a time, a date, a percentage, a volume such as 1.2M, nor a list."""
    try:
        shown = without_arrows(normalize(text))
    except UnparsedPrice:
        return False
    ribbon = "0123456789" in shown or sum(map(str.isdigit, shown)) > _MAX_DIGITS
    return bool(_NUMBER.fullmatch(shown)) and not _DATE.fullmatch(shown) and not ribbon


def is_difference(texts: Iterable[str]) -> bool:
    """Whether these are changes of a price rather than prices: one of them says its sign, as prices do not."""
    return any(_SIGNED.match(without_arrows(normalize(text))) for text in texts)


def is_empty(text: str) -> bool:
    """Whether a text stands for a price that the page does not have."""
    try:
        return is_placeholder(normalize(text))
    except UnparsedPrice:
        return False


def formats_of(texts: Iterable[str]) -> list[str]:
    """The formats that read all of these texts."""
    wanted = [text for text in texts if not is_empty(text)]
    return [name for name in FORMATS if wanted and all(_value(name, text) is not None for text in wanted)]


def infer(texts: Sequence[str], *, around: Sequence[str] = (), lang: str = "") -> Notation:
    """The format of a column of prices.

    `around` are the other numbers of the page: they count where the column alone can be read in two ways. `lang` is the
    page's language; a dot that may group or divide is taken as it is usual in that language only if that is English.
    """
    wanted = list(dict.fromkeys(text for text in texts if not is_empty(text)))
    candidates = formats_of(wanted)
    if not candidates:
        return Notation(None)
    rivals, example = _rivals(candidates, wanted)
    if all(text.isdecimal() for text in wanted):
        # Whole numbers so far: which sign will part the thousands of the next one?
        rivals, example = [name for name in FORMATS if name in ("1,234.56", "1.234,56", "1'234.56")], wanted[0]
    if len(rivals) > 1:
        rivals = _settle(rivals, wanted, around, lang)
    if len(rivals) > 1:
        return Notation(None, tuple(rivals), example)
    return Notation(rivals[0])


def _rivals(candidates: list[str], texts: Sequence[str]) -> tuple[list[str], str]:
    """One format for each different way to read the texts, and the first text that they read differently."""
    ways: dict[tuple[str | None, ...], str] = {}
    for name in candidates:
        ways.setdefault(tuple(_value(name, text) for text in texts), name)
    example = next((text for i, text in enumerate(texts) if len({way[i] for way in ways}) > 1), "")
    return list(ways.values()), example


def _settle(rivals: list[str], texts: Sequence[str], around: Sequence[str], lang: str) -> list[str]:
    fractions = [name for name in rivals if name in _FRACTIONS]
    if fractions and len(fractions) < len(rivals):
        # Thousands parted by ': only where the page does so with other numbers too, or speaks as Swiss pages do.
        swiss = re.search(r"-(ch|li)$", lang.lower()) or any(_THOUSANDS.search(text) for text in around)
        rivals = ["1'234.56"] if swiss else fractions
    if len(rivals) < 2 or fractions:
        return rivals
    telling = [formats_of([text]) for text in around if re.search(r"[0-9][.,][0-9]", text)]
    telling = [found for found in telling if found and 0 < len(set(found) & set(rivals)) < len(rivals)]
    backed = [name for name in rivals if any(name in found for found in telling)]
    if len(backed) == 1:
        return backed
    english = not lang or lang.lower().startswith(("en", "ja", "zh", "ko"))
    if english and not backed and "1,234.56" in rivals and all("," not in text for text in texts):
        return ["1,234.56"]
    return rivals


def _value(name: str, text: str) -> str | None:
    try:
        return _FORMATS[name].parse(text)
    except UnparsedPrice:
        return None


_FORMATS = {name: PriceFormat.from_text(name) for name in FORMATS}
