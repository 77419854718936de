"""Texts that may be symbols, and symbols made from other texts. No I/O."""

import re
from collections.abc import Iterable

from anyascii import anyascii

from tickql.feed.errors import InvalidSymbol
from tickql.feed.tick import check_symbol
from tickql.producer.discover.page.outline import Node, Outline
from tickql.producer.discover.page.vocabulary import meaning_of

TICKER = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z][A-Z0-9]{0,7}(?:[./=^_-][A-Z0-9]{1,8})?|\^[A-Z]{2,6})(?![A-Za-z0-9])")
"""Matches a part of a text that looks like a ticker: ES, BRK.B, EUR/USD, ^GSPC."""
_MAX_SLUG_CHARACTERS = 32
# Words in capitals that are no tickers in headings and titles.
_NO_TICKERS = frozenset(
    ("A", "I", "AN", "THE", "LIVE", "USD", "EUR", "ASK", "BID", "LAST", "API", "FX", "CFD", "UTC", "HTML")
)
# Signs behind the name of a company or product.
_MARKS = re.compile(r"[®™©℠]")
# Digits of a price, as in `DOGE0.12345`: a symbol holds none.
_PRICE_DIGITS = re.compile(r"[0-9][.,][0-9]")
# A quantity, a time or a percentage: `1.2M`, `14:05:22Z`, `25%`. `7203` and `1COV` are none.
_QUANTITY = re.compile(r"[+-]?[0-9]+(?:[.,:'][0-9]+)+ ?[A-Za-z%]{0,3}|[+-]?[0-9]+ ?(?:[KMBTkmbt%]|bn|mn|Mio)")


def is_symbol(text: str) -> bool:
    """Return whether a text may be a symbol: allowed by the feed, with a letter, and not the name of a price."""
    try:
        check_symbol(text)
    except InvalidSymbol:
        return False
    if _QUANTITY.fullmatch(text):
        return False
    return any(map(str.isalpha, text)) and (meaning_of(text) is None or any(map(str.isdigit, text)))


def ticker_in(text: str) -> str | None:
    """Return the ticker in a heading or title: the whole text, a part in brackets, or the first part like a ticker."""
    if is_symbol(text) and text.upper() == text and text not in _NO_TICKERS:
        return text
    bracketed = re.search(r"\(([A-Z][A-Z0-9./=^-]{0,11})\)", text)
    found = [bracketed[1]] if bracketed else TICKER.findall(text)
    return next((each for each in found if len(each) > 1 and each not in _NO_TICKERS and is_symbol(each)), None)


def may_name(text: str) -> bool:
    """Return whether a text may be the name of an instrument in any script: with a letter, and no quantity."""
    return any(map(str.isalpha, text)) and not _QUANTITY.fullmatch(text) and not _PRICE_DIGITS.search(text)


def changing_elements(outline: Outline) -> frozenset[Node]:
    """Return the elements with a number that has changed: none of them names anything.

    A text that is one symbol after another is no such number.
    """
    spots = (spot for spot in outline.spots if spot.changes and not all(map(is_symbol, spot.texts)))
    return frozenset(node for spot in spots for node in spot.node.lineage())


def slug_of(text: str) -> str:
    """Return a symbol made from a text: `Deutsche Bank AG` becomes `Deutsche-Bank-AG`, `日経225` becomes `RiJing225`.

    Empty: no letter and no digit in the text.
    """
    latin = anyascii(_MARKS.sub("", text))
    return re.sub(r"[^A-Za-z0-9._/=^]+", "-", latin).strip("-")[:_MAX_SLUG_CHARACTERS].strip("-")


def safe_symbols(texts: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Return a symbol of its own for each text: the text itself if a feed can carry it. `taken`: other symbols."""
    found: dict[str, str] = {}
    taken = set(taken)
    for text in sorted(set(texts), key=lambda text: (not is_safe(text), text)):
        symbol = base = text if is_safe(text) else slug_of(text) or "SYMBOL"
        number = 1
        while symbol in taken:
            number += 1
            symbol = f"{base[: _MAX_SLUG_CHARACTERS - 4]}.{number}"
        taken.add(symbol)
        found[text] = symbol
    return found


def is_safe(text: str) -> bool:
    """Return whether a feed can carry a text as a symbol."""
    try:
        check_symbol(text)
    except InvalidSymbol:
        return False
    return True
