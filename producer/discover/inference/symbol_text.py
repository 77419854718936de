"""Texts that may be symbols, and symbols made from other texts. No I/O."""

import re

from tickql.feed.errors import InvalidSymbol
from tickql.feed.tick import check_symbol
from tickql.producer.discover.page.vocabulary import meaning_of, without_accents

TICKER = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z][A-Z0-9]{0,7}(?:[./=^_-][A-Z0-9]{1,8})?|\^[A-Z]{2,6})(?![A-Za-z0-9])")
"""Matches a part of a text that looks like a ticker: ES, BRK.B, EUR/USD, ^GSPC."""
_MAX_SLUG_CHARACTERS = 32
# Words in capitals that are no tickers in headings and titles.
_NO_TICKERS = frozenset(
    ("A", "I", "AN", "THE", "LIVE", "USD", "EUR", "ASK", "BID", "LAST", "API", "FX", "CFD", "UTC", "HTML")
)


def is_symbol(text: str) -> bool:
    """Return whether a text may be a symbol: allowed by the feed, with a letter, and not the name of a price."""
    try:
        check_symbol(text)
    except InvalidSymbol:
        return False
    return any(map(str.isalpha, text)) and (meaning_of(text) is None or any(map(str.isdigit, text)))


def ticker_in(text: str) -> str | None:
    """Return the ticker in a heading or title: the whole text, a part in brackets, or the first part like a ticker."""
    if is_symbol(text) and text.upper() == text and text not in _NO_TICKERS:
        return text
    bracketed = re.search(r"\(([A-Z][A-Z0-9./=^-]{0,11})\)", text)
    found = [bracketed[1]] if bracketed else TICKER.findall(text)
    return next((each for each in found if len(each) > 1 and each not in _NO_TICKERS and is_symbol(each)), None)


def slug_of(text: str) -> str:
    """Return a symbol made from a text: `Deutsche Bank AG` becomes `Deutsche-Bank-AG`. Empty: no letter in the text."""
    slug = re.sub(r"[^A-Za-z0-9._/=^]+", "-", without_accents(text)).strip("-")[:_MAX_SLUG_CHARACTERS].strip("-")
    return slug if any(map(str.isalpha, slug)) else ""
