"""What pages put in and around a number: odd spaces, minus signs, digits of other scripts, arrows, currencies.

Everything here is a whitelist. A character that is not on it stays where it is, and the text is then no price.
"""

import re
import unicodedata

from tickql.producer.errors import UnparsedPrice

MAX_CHARACTERS = 256
"""A longer text is refused before any work is done on it; a table cell with its indentation stays far below."""

ARABIC_DECIMAL = "\u066b"
ARABIC_GROUP = "\u066c"

CURRENCY = (
    r"(?:(?:US|AU|A|CA|C|HK|NZ|S|R|MX)?\$|[€£¥₹₩₽₺₿฿₫₪₱₴₦₸]"
    r"|USDT|USDC|USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|CNY|CNH|HKD|SGD|INR|SEK|NOK|DKK|PLN|CZK|HUF|ZAR|MXN|BRL|TRY|KRW|BTC|ETH)"
)
"""A regular expression: the currency marks that may stand before or after a number. None of them scales it."""

_SPACES = "\u00a0\u2007\u2009\u202f"
_MINUS_SIGNS = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
_APOSTROPHES = "\u2018\u2019\u02bc\u2032"
# Marks that do not change the order in which characters are seen. The overrides U+202D and U+202E do: they stay.
_INVISIBLE = "\u200b\u200e\u200f\u061c\u202a\u202b\u202c\u2060\u2066\u2067\u2068\u2069\ufe0e\ufe0f\ufeff"
# Of those the ones that, between two digits, may have the later ones shown before the earlier ones.
_TURNED = re.compile(r"\d\D*[\u200f\u061c\u202a-\u202c\u2066-\u2069]\D*\d")
_ARROWS = "▲▼△▽▴▾↑↓↗↘⬆⬇⇧⇩"
_REPLACED = {
    **dict.fromkeys(_SPACES, " "),
    **dict.fromkeys(_MINUS_SIGNS, "-"),
    **dict.fromkeys(_APOSTROPHES, "'"),
    **dict.fromkeys(_INVISIBLE, ""),
    "\uff0b": "+",
    "\uff0c": ",",
    "\uff0e": ".",
    "\uff04": "$",
    "\uffe5": "¥",
}
_PLACEHOLDERS = frozenset(
    ["", "-", "--", "---", "—", "——", "―", "n/a", "#n/a", "n.a.", "na", "...", "…", "loading", "loading...", "loading…"]
)


def plain(raw: str) -> str:
    """Return the text without what surrounds a number for the eye only, in ASCII digits, spaces and signs.

    Raises:
        UnparsedPrice: more than `MAX_CHARACTERS`, digits of more than one script, or a mark between digits that may
            turn their order.
    """
    if len(raw) > MAX_CHARACTERS:
        raise UnparsedPrice(raw[:MAX_CHARACTERS], f"{len(raw)} characters, at most {MAX_CHARACTERS} are read")
    text = raw if raw.isascii() else _ascii(raw)
    return text.strip()


def is_placeholder(text: str) -> bool:
    """Whether a plain text is one that pages show in place of a price they do not have."""
    return text.lower() in _PLACEHOLDERS


def without_arrows(text: str) -> str:
    """Drop the arrows at either end: they say which way the price went, not its sign."""
    return text.strip(_ARROWS + " ")


def _ascii(raw: str) -> str:
    if _TURNED.search(raw):
        raise UnparsedPrice(raw, "a mark between its digits may turn their order")
    zeros: set[int] = set()
    characters = []
    for character in raw:
        digit = unicodedata.decimal(character, None)
        if digit is not None:
            zeros.add(ord(character) - digit)
            character = str(digit)
        characters.append(_REPLACED.get(character, character))
    if len(zeros) > 1:
        raise UnparsedPrice(raw, "digits of more than one script")
    return "".join(characters)
