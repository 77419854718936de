"""Places that may be prices, but are not certainly one number: none is taken, each kind is told. No I/O."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tickql.producer.discover.inference.figures import Figure
from tickql.producer.discover.inference.notation import as_shown, formats_of, is_blank
from tickql.producer.discover.inference.roles import Evidence, Roles
from tickql.producer.discover.inference.sized_prices import is_before_size
from tickql.producer.discover.page.outline import Node, Outline, Spot
from tickql.producer.discover.page.vocabulary import Meaning, names_side
from tickql.producer.errors import UnparsedPrice
from tickql.producer.prices.price_format import DEFAULT_FORMAT
from tickql.producer.prices.seen_text import plain_words

_NO_PRICES = (None, Meaning.OTHER, Meaning.SYMBOL)
_CHOOSE = "choose one with a narrower selector, ignore = ... or match = ..."


@dataclass
class DoubtfulPrices:
    """Collects doubtful places by what says that they are prices."""

    places: dict[str, list[Node]] = field(default_factory=lambda: defaultdict(list))
    """The elements that show a number and something else, by what the page calls them."""
    _shown: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def certain(self, found: Sequence[tuple[Figure, Evidence | None]]) -> list[tuple[Figure, Evidence | None]]:
        """Return the numbers, with their evidence, that may be taken. The others are noted if they are called prices.

        Another number beside it is no obstacle to a number that the page's source names, if it is apart or has another
        name.
        """
        named = [(figure, evidence) for figure, evidence in found if _is_named(evidence)]
        return [(figure, evidence) for figure, evidence in found if not self._is_doubtful(figure, evidence, named)]

    def _is_doubtful(
        self, figure: Figure, evidence: Evidence | None, named: Sequence[tuple[Figure, Evidence | None]]
    ) -> bool:
        doubt = figure.doubt
        if doubt is None or (is_before_size(figure.node) and _meaning(evidence) not in _NO_PRICES):
            return False
        if _is_named(evidence):
            others = [other for each, other in named if each is not figure and each.node.inside(doubt.cell)]
            if not doubt.is_part or any(_meaning(other) is not _meaning(evidence) for other in others):
                return False
        if evidence is not None and evidence.meaning not in _NO_PRICES:
            self._shown[evidence.text].append((doubt.shown, _CHOOSE))
            self.places[evidence.text].append(doubt.cell)
        elif evidence is not None and _names_price_too(evidence):
            self._shown[evidence.text].append((doubt.shown, _CHOOSE))
        return True

    def add_cell(self, name: str, numbers: Iterable[Figure]) -> None:
        """Note several numbers in one row under one header."""
        self._shown[name].append((" and ".join(repr(as_shown(each.spot.newest)) for each in numbers), _CHOOSE))

    def add_unreadable(self, outline: Outline, figures: Sequence[Figure], roles: Roles) -> None:
        """Note places that change, are called prices, and show something that is no number."""
        with_numbers = {node for figure in figures for node in figure.node.lineage()}
        known = {spot.node for spot in outline.spots if spot.read == "text" and spot.changes}
        for spot in outline.spots:
            is_smallest = not any(each in known for each in spot.node.descendants())
            if spot.read != "text" or not spot.changes or spot.node in with_numbers or not is_smallest:
                continue
            evidence = roles.evidence_for(Figure(spot, spot.node))
            why = _fault(spot)
            if evidence is not None and evidence.meaning not in _NO_PRICES and why is not None:
                self._shown[evidence.text].append((plain_words(spot.newest), why))
                self.places[evidence.text].append(spot.node)

    def notes(self) -> list[str]:
        """Return a sentence for each kind of places."""
        return [_note(name, places) for name, places in self._shown.items()]


def _is_named(evidence: Evidence | None) -> bool:
    return evidence is not None and evidence.source in ("attribute", "class") and evidence.meaning not in _NO_PRICES


def _names_price_too(evidence: Evidence) -> bool:
    """Return whether a header names a price and its size, such as `Bid` above `Size`: its cells may hold both."""
    return evidence.source == "header" and names_side(evidence.text)


def _meaning(evidence: Evidence | None) -> Meaning | None:
    return None if evidence is None else evidence.meaning


def _note(name: str, places: Sequence[tuple[str, str]]) -> str:
    shown, why = places[0]
    count = f"{len(places)} places" if len(places) > 1 else "a place"
    return f"{name!r:.40}: {count} may be more than one number, such as {shown}: not in the file; {why}"


def _fault(spot: Spot) -> str | None:
    """Return why the producer would not read a text; `None`: some format reads it."""
    text = spot.newest
    if is_blank(text) or formats_of([text]):
        return None
    try:
        DEFAULT_FORMAT.parse(text)
    except UnparsedPrice as error:
        return error.why
    return None
