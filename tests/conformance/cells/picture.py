"""What a person sees in the picture of a page of cells: each character with its ink, found by comparing pictures.

The picture is taken once as it is, and once for each bit of a number: without the characters whose number has that bit.
A pixel that changes belongs to the character with that number. Nothing here asks for styles or boxes, so it shares no
error with the observer.
"""

from base64 import b64encode
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Page

_BITS = 6
_LIMIT = 2**_BITS - 1
_FOLDER = Path(__file__).parent
_LEAST_PIXELS = 2
_ROUGH_PX = 1
"""By how much digits of one size differ in height: round ones are a bit higher."""
_SPACE = 0.42
"""Of the height of a digit: the least width of a space, with what fonts leave beside a digit."""
_LINE_MARGIN = 0.45
"""Of the height of a line's highest digit: what belongs to the line reaches no farther above and below it."""


class Ink(NamedTuple):
    """A character that a person sees, or the text of a generated content, and its place in pixels."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    middle: float
    """The mean place of its ink from the left, which few stray pixels do not move."""

    @property
    def height(self) -> int:
        return self.bottom - self.top


async def take_picture(page: Page, lens: Page) -> list[list[Ink] | None]:
    """Return what each cell of a page shows; `None`: a cell with too many characters. `lens`: any other page."""
    await page.evaluate((_FOLDER / "units.js").read_text(encoding="utf-8"))
    frames = await page.evaluate(f"units.collect({_LIMIT})")
    shots = []
    for bit in (0, *(1 << number for number in range(_BITS))):
        await page.evaluate(f"units.vanish({bit})")
        shots.append(b64encode(await page.screenshot(animations="allow", caret="initial")).decode())
    await page.evaluate("units.vanish(0)")
    boxes = await lens.evaluate((_FOLDER / "ink.js").read_text(encoding="utf-8"), [frames, shots])
    return [_inks(frame["texts"], found) for frame, found in zip(frames, boxes, strict=True)]


def shown_text(inks: Sequence[Ink]) -> str:
    """Return the characters in the order in which a person reads them: by lines, from left to right."""
    return "".join(ink.text for line in lines_of(inks) for ink in line)


def lines_of(inks: Sequence[Ink]) -> list[list[Ink]]:
    """Return the characters by lines, from the top down. A line is what stands beside its highest digit."""
    rest, lines = list(inks), []
    while rest:
        digits = [ink for ink in rest if any(map(str.isdigit, ink.text))] or rest
        mark = max(digits, key=lambda ink: ink.height)
        top, bottom = mark.top - _LINE_MARGIN * mark.height, mark.bottom + _LINE_MARGIN * mark.height
        line = [ink for ink in rest if top <= (ink.top + ink.bottom) / 2 <= bottom]
        rest = [ink for ink in rest if ink not in line]
        lines.append(sorted(line, key=lambda ink: ink.middle))
    return sorted(lines, key=lambda line: min(ink.bottom for ink in line))


def is_one_number(inks: Sequence[Ink]) -> bool:
    """Return whether all characters stand on one line without a space, and the digits are of one size and height."""
    lines = lines_of(inks)
    digits = [ink for ink in inks if ink.text.isdigit()]
    if len(lines) != 1 or not digits:
        return False
    height = max(ink.height for ink in digits)
    is_even = all(
        height - ink.height <= _ROUGH_PX and abs(digits[0].bottom - ink.bottom) <= _ROUGH_PX for ink in digits
    )
    line = lines[0]
    return is_even and all(after.left - before.right < _SPACE * height for before, after in pairwise(line))


def _inks(texts: Sequence[str], found: Sequence[Sequence[Any]]) -> list[Ink] | None:
    if not texts:
        return None
    return [
        Ink(texts[number - 1], left, top, right, bottom, middle)
        for number, left, top, right, bottom, middle, pixels in found
        if number <= len(texts) and pixels >= _LEAST_PIXELS
    ]
