"""A second parser of price texts, slow and simple: it splits and compares, without regular expressions.

Knows ASCII texts only. `None` is a text that is no number.
"""

from decimal import Decimal

SIGNS = {  # format: (decimal sign, group sign, digits of the inner groups)
    "1,234.56": (".", ",", 3),
    "1.234,56": (",", ".", 3),
    "1 234,56": (",", " ", 3),
    "1'234.56": (".", "'", 3),
    "1,23,456.78": (".", ",", 2),
    "1234.56": (".", None, 3),
    "1234,56": (",", None, 3),
}
FRACTIONS = {"32": 32, "32+": 32, "32.5": 32, "64": 64, "8": 8}
_MARKS = ("USD", "EUR", "US$", "$")


def read(form: str, text: str) -> Decimal | None:
    """The number that `text` shows in this format."""
    text = text.strip(" ")
    for mark in _MARKS:
        if text.endswith(mark):
            text = text.removesuffix(mark).removesuffix(" ")
            break
    negative, text = _sign(text)
    unsigned = negative is None
    for mark in _MARKS:
        if text.startswith(mark):
            text = text.removeprefix(mark).removeprefix(" ")
            break
    if unsigned:
        negative, text = _sign(text)
    number = _fraction(form, text) if form in FRACTIONS else _decimal(form, text)
    return number if number is None or not negative else number.copy_negate()


def _sign(text: str) -> tuple[bool | None, str]:
    if text[:1] in ("+", "-"):
        return text[0] == "-", text[1:]
    return None, text


def _decimal(form: str, text: str) -> Decimal | None:
    decimal, group, size = SIGNS[form]
    whole, found, part = text.partition(decimal)
    if (found and not _digits(part)) or not (whole or found):
        return None
    groups = whole.split(group) if group else [whole]
    sizes = [len(each) for each in groups]
    if len(groups) > 1 and (sizes[-1] != 3 or not 1 <= sizes[0] <= size or any(n != size for n in sizes[1:-1])):
        return None
    digits = "".join(groups)
    if digits and (not _digits(digits) or (digits[0] == "0" and digits != "0")):
        return None
    return Decimal(f"{digits or 0}.{part or 0}") if len(digits) <= 30 and len(part) <= 30 else None


def _fraction(form: str, text: str) -> Decimal | None:
    place = max(text.find(sign) for sign in "'-:")
    whole, rest = text[:place], text[place + 1 :]
    width = 1 if form == "8" else 2
    count, finer = rest[:width], rest[width:]
    if place < 1 or not _digits(whole) or (whole[0] == "0" and whole != "0") or len(whole) > 30:
        return None
    if text[place] == ":" and int(whole) < 60:  # may be a time
        return None
    if not _digits(count) or len(count) != width or int(count) >= FRACTIONS[form]:
        return None
    if form == "32.5" and finer[:1] == "." and _digits(finer[1:]) and len(finer) <= 4:
        extra = Decimal("0" + finer)
    else:
        worth = {"32": {"": "0", "0": "0", "2": ".25", "5": ".5", "7": ".75"}, "32+": {"": "0", "+": ".5"}}
        known = worth.get(form, {"": "0"})
        if finer not in known:
            return None
        extra = Decimal(known[finer])
    return Decimal(whole) + (Decimal(count) + extra) / FRACTIONS[form]


def _digits(text: str) -> bool:
    return text != "" and all(each in "0123456789" for each in text)
