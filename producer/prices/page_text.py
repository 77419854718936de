"""The characters that pages put in and around a number: odd spaces, minus signs, foreign digits, arrows, currencies.

All lists here are whitelists. A character that is on none of them stays in the text, and the text is then not a price.
"""

import re
import unicodedata

from tickql.producer.errors import UnparsedPrice

MAX_CHARACTERS = 256
"""A longer text is refused before any work is done on it. A table cell with its indentation is far shorter."""

ARABIC_DECIMAL = "\u066b"
ARABIC_GROUP = "\u066c"

CURRENCY = (
    r"(?:(?:US|AU|A|CA|C|HK|NZ|S|R|MX)?\$|[€£¥₹₩₽₺₿฿₫₪₱₴₦₸]"
    r"|USDT|USDC|USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|CNY|CNH|HKD|SGD|INR|SEK|NOK|DKK|PLN|CZK|HUF|ZAR|MXN|BRL|TRY|KRW|BTC|ETH)"
)
"""A regular expression of the currency marks that may be before or after a number. None of them scales the number."""

_MINUS_SIGNS = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
_APOSTROPHES = "\u2018\u2019\u02bc\u2032"
# Marks that are removed, for they do not change the order in which one run of digits is shown. The overrides U+202D
# and U+202E do change it: they are not on this list, so a text with one is not a price.
_INVISIBLE = "\u200b\u200e\u200f\u061c\u202a\u202b\u202c\u2060\u2066\u2067\u2068\u2069\ufe0e\ufe0f\ufeff"
# Those of the marks above that, between two digits, can make a browser show the later digits first.
_REORDERED = re.compile(r"\d\D*[\u200f\u061c\u202a-\u202c\u2066-\u2069]\D*\d")
ARROWS = "▲▼△▽▴▾↑↓↗↘⬆⬇⇧⇩"
_REPLACED = {
    **dict.fromkeys(_MINUS_SIGNS, "-"),
    **dict.fromkeys(_APOSTROPHES, "'"),
    **dict.fromkeys(_INVISIBLE, ""),
    "\uff0b": "+",
    "\uff0c": ",",
    "\uff0e": ".",
    "\uff04": "$",
    "\uffe5": "¥",
}
_PLACEHOLDERS = frozenset(["", "n/a", "#n/a", "n.a.", "na", "...", "…", "loading", "loading...", "loading…"])
# Dashes in place of digits, also with the signs between them: `--`, `----.--`.
_DASHES = re.compile("[-—―]+(?:[.,:'][-—―]+)*")


def normalize(raw: str) -> str:
    """Return a page's text with ASCII digits, spaces and signs, without invisible marks, and trimmed.

    Raises:
        UnparsedPrice: more than `MAX_CHARACTERS`, digits of more than one script, or a mark between digits that may
            change their order.
    """
    if len(raw) > MAX_CHARACTERS:
        why = f"it has {len(raw)} characters, at most {MAX_CHARACTERS} are read"
        raise UnparsedPrice(raw[:MAX_CHARACTERS], why, kind="too_long")
    text = raw if raw.isascii() else _ascii(raw)
    return text.strip()


def is_placeholder(text: str) -> bool:
    """Return whether a normalized text is one that pages show in place of a missing price."""
    return text.lower() in _PLACEHOLDERS or _DASHES.fullmatch(text) is not None


def without_arrows(text: str) -> str:
    """Return the text without arrows at its ends: an arrow shows the direction of the last change, not a sign."""
    return text.strip(ARROWS + " ")


def _ascii(raw: str) -> str:
    if _REORDERED.search(raw):
        raise UnparsedPrice(raw, "an invisible mark between its digits may change their order", kind="ambiguous")
    zeros: set[int] = set()
    characters = []
    for character in raw:
        digit = unicodedata.decimal(character, None)
        if digit is not None:
            zeros.add(ord(character) - digit)
            character = str(digit)
        # Zs: all of Unicode's spaces that are no line breaks.
        is_space = unicodedata.category(character) == "Zs"
        characters.append(" " if is_space else _REPLACED.get(character, character))
    if len(zeros) > 1:
        raise UnparsedPrice(raw, "it has digits of more than one script")
    return "".join(characters)
