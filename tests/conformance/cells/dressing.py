"""Text dressed up as pages do it: cut into elements, wrapped, and with hidden things between its pieces."""

from html import escape

from tests.conformance.cells.choices import Choices
from tests.conformance.cells.hiding import BESIDE_A_NUMBER, INSIDE_A_NUMBER
from tests.conformance.cells.looks import ALIKE, FONTS, ROOT_STYLES

_JUNK = ("7", "12.75", "99", "-", ".", ",", "USD", "Loading", "0", "1,234.5", "4\u202f5", "%", "K")
_TAGS = (
    "span",
    "td",
    "div",
    "b",
    "section",
    "th",
    "output",
    "h3",
    "address",
    "x-price",
    "label",
    "ins",
    "strong",
    "dd",
)
_MAX_HIDDEN = 3


class Dresser:
    """Dresses the texts of one cell. `name` begins the names of the classes that its style sheets use."""

    def __init__(self, choices: Choices, name: str) -> None:
        self.choices = choices
        self._name = name
        self._made = 0
        self._hidden = 0

    def fill(self, look: str, text: str, *, is_html: bool = False) -> str:
        """Return a look with a text in it."""
        self._made += 1
        if not is_html:
            # In generated content an apostrophe would end the string.
            look = "{}" if "content:" in look and ("'" in text or '"' in text) else look
            text = escape(text)
        return look.format(text, id=f"{self._name}-{self._made}-")

    def alike(self, text: str, pieces: int = 4) -> tuple[str, list[str]]:
        """Return a text in pieces that look alike, and the pieces."""
        choices = self.choices
        cut = choices.cuts(text.replace(" ", "\u00a0"), 1 + choices.below(pieces))
        shown = [self.fill(choices.pick(ALIKE) if choices.chance(70) else "{}", piece) for piece in cut]
        for place in range(len(shown) - 1):
            if choices.chance(30):
                shown[place] += self.hidden()
        return "".join(shown), cut

    def look(self, looks: tuple[str, ...], text: str) -> str:
        """Return a text in one of some looks."""
        return self.fill(self.choices.pick(looks), text)

    def hidden(self, *, inside: bool = True) -> str:
        """Return something that nobody sees; nothing, once there is enough of it."""
        self._hidden += 1
        if self._hidden > _MAX_HIDDEN:
            return ""
        looks = INSIDE_A_NUMBER if inside else INSIDE_A_NUMBER + BESIDE_A_NUMBER
        return self.fill(self.choices.pick(looks), self.choices.pick(_JUNK))

    def root(self, html: str) -> str:
        """Return the whole cell: an element with something hidden at its ends, perhaps."""
        choices = self.choices
        before = self.hidden(inside=False) if choices.chance(25) else ""
        after = self.hidden(inside=False) if choices.chance(25) else ""
        inner = f"<div>{before}<span>{html}</span>{after}</div>" if choices.chance(20) else before + html + after
        tag = choices.pick(_TAGS)
        style = f"font-family:{choices.pick(FONTS)};font-size:{16 + choices.below(9) - 4}px;{choices.pick(ROOT_STYLES)}"
        element = f'<{tag} class=cell style="{style}">{inner}</{tag}>'
        return f"<table><tr>{element}</tr></table>" if tag in ("td", "th") else element
