"""Hints: which key of the feed file a text needs that its format does not read. For the reason of an unparsed price."""

import re
import unicodedata

from tickql.producer.prices.page_text import CURRENCY
from tickql.producer.prices.scripts import SUBSCRIPTS, SUPERSCRIPTS
from tickql.producer.prices.units import SCALES

_NUMBER = r"[0-9][0-9.,' ]*"
_IN_NUMBERS = ".,' +-"
_HINTS = (
    (f"[{SUPERSCRIPTS}]", 'say with raised = "cents" | "fraction" | "digits" | "footnote" what the raised digits are'),
    (rf"[{SUBSCRIPTS}]|0[{{(][0-9]{{1,2}}[)}}][0-9]", 'if the small digit counts zeros, write zeros = "subscript"'),
    (r"[½¼¾⅓-⅞]|[0-9][/\u2044][0-9]", 'for fractions with a denominator write format = "1/2"'),
    (r"[0-9]e[+-]?[0-9]", "for a power of ten write exponent = true"),
    (r"^[^()0-9]*\([^()]*[0-9][^()]*\)[^()0-9]*$", 'if brackets mean a minus sign, write brackets = "negative"'),
)
_UNIT = re.compile(rf"(?:[+-]? ?([^\s0-9(+-][^0-9(+-]{{0,11}}?) ?)?[+-]?{_NUMBER}(?<! ) ?([^\s0-9)+-][^0-9)]{{0,11}})?")


def hint(text: str) -> str:
    """Return what may be written for a normalized text that is no price, as the rest of a sentence; empty: nothing."""
    for pattern, advice in _HINTS:
        if re.search(pattern, text, re.IGNORECASE):
            return f"; {advice}"
    if _has_two_numbers(text):
        return '; if one of the numbers is the price, pick it with match = "..."'
    found = _UNIT.fullmatch(re.sub(rf" ?{CURRENCY}$", "", text))
    if found is None or (found[1] is None) == (found[2] is None):
        return ""
    unit = (found[1] or found[2]).strip()
    if all(unicodedata.category(character)[0] in "CM" for character in unit):
        return ""  # what nobody sees may change what is seen: it is no unit
    if unit in SCALES:
        scale = f'if "{unit}" means {10 ** SCALES[unit]:,} times the number, write unit = "{unit}"'
        return f'; {scale}, else pick the number with match = "..."'
    return f'; if "{unit}" is a unit, write unit = "{unit}"'


def _has_two_numbers(text: str) -> bool:
    """Return whether a text has digits before and behind something that is no part of a number."""
    # One expression for all of it takes minutes for some texts of 200 characters.
    between = re.split("[0-9]+", text)[1:-1]
    return any(part.strip(_IN_NUMBERS) for part in between)
