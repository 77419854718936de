"""Numbers as pages write them, with the value that a person reads."""

# ruff: noqa: RUF001 - the very characters that pages show

from collections.abc import Callable
from typing import NamedTuple

from tests.conformance.cells.choices import Choices

FORMATS = ("", "", "", "", "1,234.56", "1.234,56", "1 234,56", "1'234.56", "32")
_MINUS = ("", "", "", "", "", "-", "\u2212")
_ZEROS = ("0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "０", "۰")
_THIRTY_SECOND = 3125  # of 100,000


class Numeral(NamedTuple):
    """A number as a page writes it."""

    text: str
    value: str
    """An exact decimal number."""
    form: str
    """The format of the field in the feed file; empty: none."""
    is_clear: bool
    """Whether the text alone says the value."""


def numeral(choices: Choices, form: str) -> Numeral:
    """Return a number in a format of the feed file."""
    minus = choices.pick(_MINUS)
    whole = str(choices.below(10 ** (1 + choices.below(6))))
    sign = "-" if minus else ""
    if form == "32":
        parts = choices.below(32)
        text = f"{minus}{whole}{choices.pick(chr(39) + '-')}{parts:02}"
        fraction = f"{parts * _THIRTY_SECOND:05}".rstrip("0")
        return Numeral(text, f"{sign}{whole}.{fraction or '0'}", form, is_clear=True)
    places = choices.pick((2, 0, 1, 3, 4, 5))
    part = "".join(str(choices.below(10)) for _ in range(places))
    point, group = {"1.234,56": (",", "."), "1 234,56": (",", " "), "1'234.56": (".", "'")}.get(form, (".", ","))
    if group == " ":
        group = choices.pick((" ", "\u00a0", "\u202f", "\u2009"))
    is_grouped = len(whole) > 3 and choices.chance(50)
    shown = f"{whole[:-3]}{group}{whole[-3:]}" if is_grouped else whole
    text = minus + shown + (point + part if part else "")
    value = f"{sign}{whole}" + (f".{part}" if part else "")
    return Numeral(_in_script(choices, text), value, form, is_clear=bool(form) or not is_grouped or bool(part))


def _in_script(choices: Choices, text: str) -> str:
    zero = ord(choices.pick(_ZEROS))
    return text.translate({ord("0") + digit: chr(zero + digit) for digit in range(10)})


_OTHERS: tuple[Callable[[Choices], str], ...] = (
    lambda c: str(c.below(10 ** (1 + c.below(4)))),
    lambda c: f"{c.below(1000)}.{c.below(100):02}",
    lambda c: f"{c.pick('+-')}{c.below(20)}.{c.below(100):02}",
    lambda c: f"{c.pick('+-')}{c.below(30)}",
    lambda c: f"({c.below(10)}.{c.below(100):02}%)",
    lambda c: f"{c.below(24):02}:{c.below(60):02}",
    lambda c: f"{c.below(9) + 1}.",
    lambda c: f"#{c.below(9) + 1}",
    lambda c: f"x{c.below(500)}",
    lambda c: f"\u20ac{c.below(100)}.{c.below(100):02}",
    lambda c: f"{c.below(100)}%",
    lambda c: f"/{c.below(100)}",
    lambda c: f", {c.below(1000):03}",
    lambda c: f"\u2013 {c.below(100)}.{c.below(100):02}",
    lambda c: f"\u25b2{c.below(100)}",
    lambda c: f"{c.below(10)}e{c.below(9)}",
)


def other_number(choices: Choices) -> str:
    """Return what pages show beside a price: a size, a change, a time, a rank."""
    return choices.pick(_OTHERS)(choices)


def footnote(choices: Choices) -> str:
    """Return the mark of a footnote, or the count in a badge."""
    return choices.pick((str(choices.below(9) + 1), "*", "\u2020", "1)", "a", f"({choices.below(9)})", "12"))
