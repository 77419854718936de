"""From the outline of a page to the rules of its feed file. No I/O.

Figures are found, told apart by what is written above and beside them, put together to units of one symbol each, and
units of one shape become a table. Where two readings are possible none is taken: the rule says so, the user decides.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tickql.producer.discover.inference.figures import Figure, figures_of
from tickql.producer.discover.inference.findings import Findings, FoundRule
from tickql.producer.discover.inference.naming import Name, Place, name_of, place_of, slug_of, titles_of
from tickql.producer.discover.inference.notation import FORMATS, Notation, formats_of, infer
from tickql.producer.discover.inference.placing import fields_of, labelled
from tickql.producer.discover.inference.roles import Evidence, Roles
from tickql.producer.discover.inference.units import Priced, Unit, agree_on_sides, alike, smallest, units_of
from tickql.producer.discover.page.outline import Node, Outline
from tickql.producer.discover.page.vocabulary import Meaning
from tickql.producer.discover.selectors.selecting import rows_of

_MAX_SINGLES = 60
_LONE = re.compile(r"[0-9][.,'][0-9]")
_NEAR_PX = 12.0
_ARROW = re.compile(r"[▲▼△▽▴▾↑↓↗↘⬆⬇⇧⇩+-]")
_DELTA = re.compile(r"(?i)delta|diff|[-_]change$|^change$|percent|arrow")


def find_prices(outline: Outline, given_format: str | None = None) -> Findings:
    """All rules that the outline of one frame gives. `given_format` settles how numbers are written."""
    return _Search(outline, given_format).run()


class _Search:
    def __init__(self, outline: Outline, given_format: str | None) -> None:
        self._outline = outline
        self._given = given_format
        self._figures = figures_of(outline)
        self._roles = Roles(outline, self._figures)
        self._around = [text for figure in self._figures for text in figure.texts[:3]]
        self._names: Counter[str] = Counter()

    def run(self) -> Findings:
        evidence = [(figure, self._roles.of(figure)) for figure in self._figures]
        priced = [Priced(figure, said, said.meaning) for figure, said in evidence if said is not None]
        units = units_of(_one_in_a_cell(priced))
        if not any(unit.changes for unit in units):
            units = self._unlabelled(evidence)
        rules: list[FoundRule] = []
        for group in alike(units):
            agree_on_sides(group)
            if sum(unit.changes for unit in group):
                rules += self._rules(group)
        rules.sort(key=lambda rule: ("table", "labelled", "symbol").index(rule.kind))
        page = self._outline
        return Findings(page.url, page.title, page.seconds, tuple(self._distinct(rules)))

    def _unlabelled(self, evidence: Sequence[tuple[Figure, Evidence | None]]) -> list[Unit]:
        """Nothing says ask, bid or last: one changing number with decimals in each row is its last price."""
        guess = Evidence(Meaning.PRICE, "guess", "the only number that changes")
        left = [figure for figure, said in evidence if said is None and all(map(_LONE.search, figure.texts))]
        alone = [figure for figure in left if not any(_near(figure, other) for other in self._figures)]
        units = units_of([Priced(figure, guess, Meaning.PRICE) for figure in alone])
        # Which is which is left open where a row holds several of them, and where nothing names the row.
        groups = [group for group in alike(units) if len(group) == len(units) and self._place(group) is not None]
        return groups[0] if groups else units if len(left) == 1 else []

    # -- Rules. --

    def _rules(self, group: list[Unit]) -> list[FoundRule]:
        place = self._place(group)
        if place is None:
            return self._singles(group)
        named = dict(zip(place.names, group, strict=True))
        rules: list[FoundRule] = []
        for notation, symbols in self._by_notation(named):
            rule = self._table(place, {symbol: named[symbol] for symbol in symbols}, group, notation)
            if rule is not None:
                rules.append(rule)
        if len(rules) > 1:
            rules = _parted(rules)
        return rules

    def _place(self, group: list[Unit]) -> Place | None:
        if len(group) > 1:
            return place_of(group, self._roles)
        # One panel may show one symbol after the other: its heading is read each time.
        unit = group[0]
        for node in smallest([price.figure.holder for price in unit.prices.values()]).lineage():
            if not node.inside(unit.node) or node.tag in ("body", "html"):
                return None
            place = place_of([Unit(node, unit.prices)], self._roles, sure=True)
            if place is not None:
                unit.node = node
                return place
        return None

    def _singles(self, group: list[Unit]) -> list[FoundRule]:
        """A rule for each unit; where several are alike, each is named and found by a text of its own."""
        titles = titles_of(group) if len(group) > 1 else [None]
        pairs = [(unit, title) for unit, title in zip(group, titles, strict=True) if unit.changes]
        rules = [rule for unit, title in pairs[:_MAX_SINGLES] if (rule := self._single(unit, title)) is not None]
        # Of several alike none may go by a guess: which is which would be left to chance.
        return [rule for rule in rules if len(group) == 1 or not rule.notes]

    def _table(self, place: Place, named: dict[str, Unit], group: list[Unit], notation: Notation) -> FoundRule | None:
        nodes = [unit.node for unit in group]
        rows = rows_of(nodes, self._outline.nodes[0]) or rows_of(nodes, self._outline.nodes[0], exact=False)
        fields = fields_of(named, self._roles)
        if rows is None or not fields:
            return None
        by = (
            f"the attribute {place.attribute}"
            if place.attribute
            else f"the text of {place.selector.text if place.selector else ''}"
        )
        return FoundRule(
            "table", tuple(named), by, fields, notation, rows=rows, symbol=place.selector, attribute=place.attribute
        )

    def _single(self, unit: Unit, title: Node | None) -> FoundRule | None:
        name = self._name(unit) if title is None else Name(slug_of(title.text), f"the text {title.text!r}")
        notation = self._notation(unit.texts())
        notes = () if name.sure else (f"the name {name.text} is a guess, from {name.source}",)
        fields = fields_of({name.text: unit}, self._roles, self._outline.nodes[0], title)
        if not fields:
            return None
        rule = FoundRule("symbol", (name.text,), name.source, fields, notation, notes=notes)
        return labelled(unit, rule, self._roles, self._outline.nodes[0]) or rule

    # -- Names and formats. --

    def _name(self, unit: Unit) -> Name:
        small = Unit(smallest([each.figure.holder for each in unit.prices.values()]), unit.prices)
        return name_of(Unit(unit.node, unit.prices) if unit.node.tag not in ("html", "body") else small, self._outline)

    def _distinct(self, rules: Iterable[FoundRule]) -> Iterable[FoundRule]:
        """Each symbol named by one rule only."""
        seen: set[str] = set()
        for rule in rules:
            if rule.kind == "table" or rule.names[0] not in seen:
                seen.update(rule.names)
                yield rule
                continue
            number = next(n for n in range(2, 1000) if f"{rule.names[0]}-{n}" not in seen)
            name = f"{slug_of(rule.names[0])[:28]}-{number}"
            seen.add(name)
            fields = tuple(replace(each, spots=dict.fromkeys([name], *each.spots.values())) for each in rule.fields)
            note = f"{rule.names[0]} is on the page more than once: this one is called {name}"
            yield replace(rule, names=(name,), fields=fields, notes=(*rule.notes, note))

    def _by_notation(self, named: dict[str, Unit]) -> list[tuple[Notation, list[str]]]:
        """The symbols of a table by how their prices are written, the most common way first."""
        readable = {symbol: formats_of(unit.texts()) for symbol, unit in named.items()}
        left, found = list(named), []
        while left:
            counts = Counter(name for symbol in left for name in readable[symbol])
            if not counts:
                break
            top = max(counts.values())
            common = next(name for name in FORMATS if counts[name] == top)
            taken = [symbol for symbol in left if common in readable[symbol]]
            found.append((self._notation([text for symbol in taken for text in named[symbol].texts()]), taken))
            left = [symbol for symbol in left if symbol not in taken]
        return found

    def _notation(self, texts: Sequence[str]) -> Notation:
        if self._given is not None and (not formats_of(texts) or self._given in formats_of(texts)):
            return Notation(self._given)
        return infer(texts, around=self._around, lang=self._outline.lang)


def _parted(rules: list[FoundRule]) -> list[FoundRule]:
    """Rules for the rows of one table that are written differently, told apart by the attribute that names them."""
    main, *others = rules
    if main.attribute is None or main.symbol is not None:
        note = (
            "other rows of this table are written differently, and nothing in the page's source tells them apart: "
            + ", ".join(symbol for rule in others for symbol in rule.names)
        )
        return [replace(main, notes=(*main.notes, note))]
    away = tuple(symbol for rule in others for symbol in rule.names)
    return [replace(main, without=away), *(replace(rule, only=rule.names) for rule in others)]


def _one_in_a_cell(priced: Sequence[Priced]) -> list[Priced]:
    """Of several numbers in one row under one header, the one that is no change by its arrow or name; else none."""
    kept = []
    for each in priced:
        rivals = [other for other in priced if other is not each and _same_cell(each, other)]
        if not rivals or (not _is_change(each) and all(map(_is_change, rivals))):
            kept.append(each)
    return kept


def _same_cell(one: Priced, other: Priced) -> bool:
    a, b = one.figure.node.box, other.figure.node.box
    header = one.evidence.node is not None and one.evidence.node is other.evidence.node
    return header and min(a.bottom, b.bottom) > max(a.y, b.y)


def _is_change(priced: Priced) -> bool:
    arrows = any(_ARROW.match(text) for text in priced.figure.texts)
    return arrows or any(_DELTA.search(token) for token in priced.figure.node.classes)


def _near(figure: Figure, other: Figure) -> bool:
    """Whether another number stands so near that both may be one."""
    a, b = figure.node.box, other.node.box
    line = min(a.bottom, b.bottom) > max(a.y, b.y)
    return figure is not other and line and max(a.x, b.x) - min(a.right, b.right) < _NEAR_PX
