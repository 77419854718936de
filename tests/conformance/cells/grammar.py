"""The grammar of cells: each kind is a way in which pages show a price, or a price and something else."""

import re
from collections.abc import Callable
from typing import NamedTuple

from tests.conformance.cells.arrangements import ARRANGEMENTS
from tests.conformance.cells.cell import Cell, Truth
from tests.conformance.cells.choices import Choices
from tests.conformance.cells.dressing import Dresser
from tests.conformance.cells.looks import ALIKE, BADGES, BIGGER, GAPS, LESSER, STRUCK
from tests.conformance.cells.numerals import FORMATS, Numeral, footnote, numeral, other_number
from tests.producer.prices import plain_reader

_WORDS = ("USD", "-", "\u2013", "$", "\u25b2", "Bid", ".", "*", "%", "p", ",", "+", "(", "x")


class Made(NamedTuple):
    """The inner part of a cell."""

    html: str
    shown: str
    truth: Truth
    value: str | None


def make_cell(choices: Choices, name: str) -> Cell:
    """Return the cell that these choices make. `name`: of its classes, different for each cell of a page."""
    kind, maker = choices.pick(_KINDS)
    form = choices.pick(FORMATS)
    dresser = Dresser(choices, name)
    made = maker(dresser, numeral(choices, form))
    html = dresser.root(made.html)
    shown = "".join(made.shown.split())
    return Cell(html, made.truth, made.value, form, shown, kind, tuple(choices.made))


def _alone(dresser: Dresser, number: Numeral) -> Made:
    html, pieces = dresser.alike(number.text)
    # Digits in several elements, before a decimal sign: `35` and `00` may be a price and its cents.
    point = max(number.text.rfind(sign) for sign in ".,'-\u2212 ") if _has_decimals(number) else len(number.text)
    ends, place = [], 0
    for piece in pieces:
        ends.append(place := place + len(piece))
    is_clear = number.is_clear and not any(end < point for end in ends)
    is_clear = is_clear and not any(piece[:1] in "-\u2212" for piece in pieces[1:])  # may be a change
    return Made(html, number.text, Truth.CERTAIN if is_clear else Truth.KNOWLEDGE, number.value)


def _with_currency(dresser: Dresser, number: Numeral) -> Made:
    html, _ = dresser.alike(number.text, 1)
    mark, gap = dresser.choices.pick("$\u20ac\u00a3"), dresser.choices.pick(("", " ", "\u00a0"))
    shown = dresser.look(ALIKE + LESSER, mark)
    is_clear = number.is_clear and not number.value.startswith("-")
    truth = Truth.CERTAIN if is_clear else Truth.KNOWLEDGE
    if dresser.choices.chance(50):
        return Made(shown + gap + html, mark + number.text, truth, number.value)
    return Made(html + gap + shown, number.text + mark, truth, number.value)


def _lesser_tail(dresser: Dresser, number: Numeral) -> Made:
    """The end of a number in another size: cut anywhere."""
    head, tail = _cut(dresser.choices, number.text)
    html = dresser.alike(head, 2)[0] + dresser.look(LESSER + BIGGER, tail)
    return Made(html, number.text, Truth.KNOWLEDGE, number.value)


def _lesser_head(dresser: Dresser, number: Numeral) -> Made:
    head, tail = _cut(dresser.choices, number.text)
    html = dresser.look(LESSER, head) + dresser.alike(tail, 2)[0]
    return Made(html, number.text, Truth.KNOWLEDGE, number.value)


def _pips(dresser: Dresser, number: Numeral) -> Made:
    head, tail = _cut(dresser.choices, number.text)
    middle, last = _cut(dresser.choices, tail)
    html = dresser.alike(head, 1)[0] + dresser.look(BIGGER + ALIKE, middle) + dresser.look(LESSER, last)
    return Made(html, number.text, Truth.KNOWLEDGE, number.value)


def _cents(dresser: Dresser, number: Numeral) -> Made:
    """The decimals raised or smaller, without a decimal sign."""
    whole = str(dresser.choices.below(2000))
    cents = f"{dresser.choices.below(100):02}"
    html = dresser.alike(whole, 1)[0] + dresser.look(LESSER, cents)
    if dresser.choices.chance(30):
        html = dresser.look(LESSER + ALIKE, "$") + html
        return Made(html, f"${whole}{cents}", Truth.KNOWLEDGE, f"{whole}.{cents}")
    return Made(html, whole + cents, Truth.KNOWLEDGE, f"{whole}.{cents}")


def _footnote(dresser: Dresser, number: Numeral) -> Made:
    mark = footnote(dresser.choices)
    # Behind decimals of another number than two raised digits are digits: pages that trade currencies show them so.
    looks = LESSER if len(number.value.partition(".")[2]) in (0, 2) else BADGES
    if dresser.choices.chance(40):
        looks = BADGES
    return Made(
        dresser.alike(number.text, 2)[0] + dresser.look(looks, mark), number.text + mark, Truth.KNOWLEDGE, number.value
    )


def _zeros(dresser: Dresser, number: Numeral) -> Made:
    """A small digit that counts zeros."""
    zeros = 2 + dresser.choices.below(6)
    digits = str(100 + dresser.choices.below(9000))
    html = f"0.0{dresser.look(LESSER, str(zeros))}{dresser.alike(digits, 1)[0]}"
    return Made(html, f"0.0{zeros}{digits}", Truth.KNOWLEDGE, "0." + "0" * zeros + digits)


def _beside(dresser: Dresser, number: Numeral) -> Made:
    """A number, and something else with digits apart from it."""
    choices = dresser.choices
    other = other_number(choices)
    html, _ = dresser.alike(number.text, 2)
    others = dresser.look(ALIKE + LESSER, other)
    is_before = choices.chance(40)
    first, second = (others, html) if is_before else (html, others)
    shown = other + number.text if is_before else number.text + other
    joined = f"{other} {number.text}" if is_before else f"{number.text} {other}"
    value = plain_reader.read(number.form, re.sub(r"\s", " ", joined)) if " " in number.form else None
    gap = dresser.fill(choices.pick(GAPS), second, is_html=True)
    if value is not None:  # the space may as well be the one between groups of digits
        return Made(first + gap, shown, Truth.KNOWLEDGE, str(value))
    if re.search("[:%+\u25b2]", other):  # a time of day or a change is no price
        return Made(first + gap, shown, Truth.KNOWLEDGE, number.value)
    return Made(first + gap, shown, Truth.NOTHING, None)


def _with_word(dresser: Dresser, number: Numeral) -> Made:
    """A number, and something without digits apart from it, such as the dash in an empty column."""
    choices = dresser.choices
    word = choices.pick(_WORDS)
    html, shown = dresser.alike(number.text, 1)[0], dresser.look(ALIKE + LESSER, word)
    is_before = choices.chance(50)
    first, second = (shown, html) if is_before else (html, shown)
    text = word + number.text if is_before else number.text + word
    return Made(first + dresser.fill(choices.pick(GAPS), second, is_html=True), text, Truth.KNOWLEDGE, number.value)


def _struck(dresser: Dresser, number: Numeral) -> Made:
    """An old price, struck through, and perhaps the new one."""
    choices = dresser.choices
    old = other_number(choices)
    struck = dresser.look(STRUCK, old)
    if choices.chance(10):
        return Made(struck, old, Truth.NOTHING, None)
    new = dresser.alike(number.text, 2)[0]
    gap = choices.pick(("{}", *GAPS))
    if choices.chance(30):
        return Made(new + dresser.fill(gap, struck, is_html=True), number.text + old, Truth.KNOWLEDGE, number.value)
    return Made(struck + dresser.fill(gap, new, is_html=True), old + number.text, Truth.KNOWLEDGE, number.value)


def _arranged(dresser: Dresser, number: Numeral) -> Made:
    html, shown = dresser.choices.pick(ARRANGEMENTS)(dresser, number.text)
    return Made(html, shown, Truth.KNOWLEDGE, number.value)


def _cut(choices: Choices, text: str) -> tuple[str, str]:
    place = 1 + choices.below(max(1, len(text) - 1))
    return text[:place], text[place:]


def _has_decimals(number: Numeral) -> bool:
    return "." in number.value


Maker = Callable[[Dresser, Numeral], Made]
_KINDS: tuple[tuple[str, Maker], ...] = (
    *[("a number alone", _alone)] * 6,
    ("a number with a currency", _with_currency),
    ("its end in another size", _lesser_tail),
    ("its beginning in another size", _lesser_head),
    ("pips", _pips),
    ("cents", _cents),
    ("a footnote", _footnote),
    ("counted zeros", _zeros),
    *[("two numbers", _beside)] * 5,
    ("a word beside it", _with_word),
    ("an old price", _struck),
    *[("an arrangement", _arranged)] * 4,
)
