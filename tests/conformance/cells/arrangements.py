"""Arrangements: ways to show a text in another order than the document's, or in shapes of its own.

Each returns the markup and what it shows.
"""

from collections.abc import Callable

from tests.conformance.cells.dressing import Dresser
from tests.conformance.cells.looks import REVERSED

_MONO = "font-family:DejaVu Sans Mono"
_ADVANCE_EM = 0.602  # of the font above


def _pieces(dresser: Dresser, text: str) -> list[str]:
    return list(text) if dresser.choices.chance(50) else dresser.choices.cuts(text, 3)


def _reversed(dresser: Dresser, text: str) -> tuple[str, str]:
    inner = "".join(f"<i style=direction:ltr>{piece}</i>" for piece in reversed(_pieces(dresser, text)))
    return dresser.fill(dresser.choices.pick(REVERSED), inner, is_html=True), text


def _floats(dresser: Dresser, text: str) -> tuple[str, str]:
    inner = "".join(f"<i style=float:right>{piece}</i>" for piece in reversed(_pieces(dresser, text)))
    return f'<span style="display:inline-block">{inner}</span>', text


def _ordered(dresser: Dresser, text: str) -> tuple[str, str]:
    """Flex items in any order of the document."""
    items = [f'<i style="order:{number}">{piece}</i>' for number, piece in enumerate(_pieces(dresser, text))]
    return f'<span style="display:inline-flex">{"".join(_shuffled(dresser, items))}</span>', text


def _absolute(dresser: Dresser, text: str) -> tuple[str, str]:
    items = [
        f'<i style="position:absolute;left:{number * _ADVANCE_EM:.3f}em;top:0">{character}</i>'
        for number, character in enumerate(text)
    ]
    width = len(text) * _ADVANCE_EM
    style = f"{_MONO};display:inline-block;position:relative;height:1.2em;width:{width:.3f}em"
    return f'<span style="{style}">{"".join(_shuffled(dresser, items))}</span>', text


def _swapped(dresser: Dresser, text: str) -> tuple[str, str]:
    """Two halves that transforms put into each other's place."""
    place = 1 + dresser.choices.below(max(1, len(text) - 1))
    first, second = text[:place], text[place:]
    shift = '<span style="display:inline-block;transform:translateX({:.3f}em)">{}</span>'
    left, right = len(first) * _ADVANCE_EM, -len(second) * _ADVANCE_EM
    return f'<span style="{_MONO}">{shift.format(left, second)}{shift.format(right, first)}</span>', text


def _overridden(dresser: Dresser, text: str) -> tuple[str, str]:
    way = dresser.choices.pick(
        ("<bdo dir=rtl>{}</bdo>", '<span style="direction:rtl;unicode-bidi:bidi-override">{}</span>')
    )
    return way.format(text[::-1]), text


def _right_to_left(dresser: Dresser, text: str) -> tuple[str, str]:
    """Boxes in a line from right to left."""
    box = '<i style="display:inline-block;direction:ltr">{}</i>'
    inner = "".join(box.format(piece) for piece in reversed(_pieces(dresser, text.replace(" ", "\u00a0"))))
    return f"<span dir=rtl>{inner}</span>", text


def _odometer(dresser: Dresser, text: str) -> tuple[str, str]:
    """Each digit is a strip of ten digits in a window."""
    return "".join(_wheel(each) if each in "0123456789" else each for each in text), text


def _wheel(digit: str) -> str:
    strip = "".join(f'<i style="display:block;height:1.2em;line-height:1.2em">{each}</i>' for each in range(10))
    return (
        '<span style="display:inline-block;height:1.2em;overflow:hidden;vertical-align:bottom">'
        f'<span style="display:block;transform:translateY(-{1.2 * int(digit):.1f}em)">{strip}</span></span>'
    )


def _drawn(dresser: Dresser, text: str) -> tuple[str, str]:
    """SVG text, in parts perhaps."""
    parts = "".join(f"<tspan>{piece}</tspan>" for piece in dresser.choices.cuts(text, 1 + dresser.choices.below(3)))
    return f"<svg width=150 height=20 font-size=16><text x=1 y=15>{parts}</text></svg>", text


def _drawn_apart(dresser: Dresser, text: str) -> tuple[str, str]:
    """SVG texts, each at its own place."""
    items = [f"<text x={1 + number * 9} y=15>{each}</text>" for number, each in enumerate(text)]
    shuffled = "".join(_shuffled(dresser, items))
    return f'<svg width=160 height=20 font-size=15 font-family="DejaVu Sans Mono">{shuffled}</svg>', text


def _formula(dresser: Dresser, text: str) -> tuple[str, str]:
    return "<math>" + "".join(f"<mn>{piece}</mn>" for piece in dresser.choices.cuts(text, 2)) + "</math>", text


def _cells(dresser: Dresser, text: str) -> tuple[str, str]:
    cell = '<span style="display:table-cell">{}</span>'
    inner = "".join(cell.format(piece) for piece in _pieces(dresser, text))
    return f'<span style="display:inline-table">{inner}</span>', text


def _turned(dresser: Dresser, text: str) -> tuple[str, str]:
    turn = dresser.choices.pick(("rotate(-3deg)", "rotate(8deg)", "skewX(-10deg)", "scale(.7)", "scaleX(1.4)"))
    return f'<span style="display:inline-block;transform:{turn}">{dresser.alike(text, 2)[0]}</span>', text


def _clamped(dresser: Dresser, text: str) -> tuple[str, str]:
    """A second line outside the box."""
    other = dresser.choices.pick(("400", "12.75", "-0.5"))
    box = "display:inline-block;overflow:hidden;height:1.2em;line-height:1.2em"
    return f'<span style="{box}">{text}<br>{other}</span>', text


def _covered(dresser: Dresser, text: str) -> tuple[str, str]:
    """Another number beneath an opaque one."""
    cover = '<b style="position:absolute;left:0;top:0;right:0;bottom:0;background:#ffe">{}</b>'
    under = dresser.choices.pick(("400", "12.75", "7"))
    box = "display:inline-block;position:relative;width:8em;height:1.2em;text-align:left"
    return f'<span style="{box}">{under}{cover.format(text)}</span>', text


def _shuffled(dresser: Dresser, items: list[str]) -> list[str]:
    rest, shuffled = list(items), []
    while rest:
        shuffled.append(rest.pop(dresser.choices.below(len(rest))))
    return shuffled


ARRANGEMENTS: tuple[Callable[[Dresser, str], tuple[str, str]], ...] = (
    _reversed, _floats, _ordered, _absolute, _swapped, _overridden, _right_to_left, _odometer, _drawn, _drawn_apart,
    _formula, _cells, _turned, _clamped, _covered,
)  # fmt: skip
