"""The search for prices in one outline: from its figures to the rules of a feed file. No I/O.

Figures are found, get a meaning from headers, labels and names, and are grouped to units of one symbol each; units of
one shape become a table. Where two interpretations are possible, none is chosen: the rule notes it, the user decides.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tickql.producer.discover.inference.cell_prices import one_price_per_cell
from tickql.producer.discover.inference.copies import apart, copies_of
from tickql.producer.discover.inference.doubtful_prices import DoubtfulPrices
from tickql.producer.discover.inference.field_selectors import fields_of, labelled_rule
from tickql.producer.discover.inference.figures import Figure, figures_of
from tickql.producer.discover.inference.findings import Findings, FoundRule, separated
from tickql.producer.discover.inference.group_symbols import GroupSymbols, distinct_titles, find_group_symbols
from tickql.producer.discover.inference.headlines import add_headlines
from tickql.producer.discover.inference.ladders import find_ladder, ladder_fields, last_beside_ladder
from tickql.producer.discover.inference.notation import as_shown
from tickql.producer.discover.inference.page_notations import PageNotations
from tickql.producer.discover.inference.readings import Choice
from tickql.producer.discover.inference.roles import Evidence, Roles
from tickql.producer.discover.inference.search_notes import animation_note, nameless_note, shared_name_note
from tickql.producer.discover.inference.symbol_text import slug_of
from tickql.producer.discover.inference.table_rule import table_rule
from tickql.producer.discover.inference.unit_symbol import UnitSymbol, find_own_symbol, find_unit_symbol
from tickql.producer.discover.inference.units import (
    PriceFigure,
    Unit,
    agree_on_sides,
    common_ancestor,
    group_by_shape,
    units_of,
)
from tickql.producer.discover.page.outline import Node, Outline
from tickql.producer.discover.page.vocabulary import Meaning
from tickql.producer.prices.page_text import normalize
from tickql.producer.prices.seen_text import is_plain

# Units of one shape without common symbols need a rule each; a longer feed file is of no use to anybody.
_MAX_SYMBOL_RULES = 60
_WITH_DECIMALS = re.compile(r"[0-9][.,'][0-9]")
_NEAR_PX = 12.0


class PriceSearch:
    """One search. `choices`: by spot, what is open about the number that the outline shows there."""

    def __init__(
        self, outline: Outline, given_format: str | None, choices: Mapping[int, Choice] = MappingProxyType({})
    ) -> None:
        self._outline, self._choices = outline, choices
        self._figures = figures_of(outline, given_format)
        self._notes: list[str] = []
        self._doubts = DoubtfulPrices()
        self._priced: list[Unit] = []
        self._copies: list[Unit] = []
        self._nameless: list[list[Unit]] = []
        self._roles = Roles(outline, self._figures)
        around = [text for each in self._figures for text in each.texts[:3] if is_plain(text)]
        self._notations = PageNotations(given_format, around, outline.lang)

    def run(self) -> Findings:
        """Return the findings."""
        evidence = [(figure, self._roles.evidence_for(figure)) for figure in self._figures]
        evidence = self._doubts.certain(evidence)
        priced = [PriceFigure(figure, found, found.meaning) for figure, found in evidence if found is not None]
        units = self._units(one_price_per_cell(priced, self._doubts))
        if not any(unit.changes for unit in units):
            units = self._unlabelled_units(evidence)
        self._notes += add_headlines(units, evidence, self._notations.value)
        self._priced = units
        rules: list[FoundRule] = []
        for group in group_by_shape(units):
            agree_on_sides(group)
            if sum(unit.changes for unit in group):
                rules += self._rules(group)
        rules.sort(key=lambda rule: ("table", "labelled", "symbol").index(rule.kind))
        self._doubts.add_unreadable(self._outline, self._figures, self._roles)
        self._notes += self._doubts.notes()
        rules = self._without_shared_names(self._with_ladder(rules))
        taken = {spot for rule in rules for each in rule.fields for spot in each.spots.values()}
        left = [each for each in self._figures if each.spot.is_animated and each.spot not in taken]
        self._notes += [animation_note(left)] if left else []
        page, opened = self._outline, tuple(rule.opened(self._choices) for rule in rules)
        return Findings(page.url, page.title, page.seconds, opened, notes=tuple(self._notes))

    @property
    def doubtful(self) -> Mapping[str, Sequence[Node]]:
        """The elements that may show more than one number, by what the page calls them; known after `run`."""
        return self._doubts.places

    def _units(self, priced: Sequence[PriceFigure]) -> list[Unit]:
        units, self._copies = apart(units_of(priced, self._notations.value))
        return units

    def _unlabelled_units(self, evidence: Sequence[tuple[Figure, Evidence | None]]) -> list[Unit]:
        """Return units for a page without labels: one changing number with decimals in each row is its last price."""
        guess = Evidence(Meaning.PRICE, "guess", "the only number that changes")
        unlabelled = [
            figure
            for figure, found in evidence
            if found is None and all(_WITH_DECIMALS.search(normalize(as_shown(text))) for text in figure.texts)
        ]
        alone = [figure for figure in unlabelled if not any(_is_near(figure, other) for other in self._figures)]
        units = self._units([PriceFigure(figure, guess, Meaning.PRICE) for figure in alone])
        # No guess where a row holds several such numbers, or where the rows have no symbols.
        groups = [group for group in group_by_shape(units) if len(group) == len(units) and self._symbols(group)]
        return groups[0] if groups else units if len(unlabelled) == 1 else []

    def _rules(self, group: list[Unit]) -> list[FoundRule]:
        symbols = self._symbols(group)
        if symbols is None:
            return self._symbol_rules(group)
        if symbols.doubled:
            rows = ", ".join(map(repr, symbols.doubled[:3]))
            self._notes.append(f"several rows have the same name ({rows}): none of these is in the table")
        named = {name: unit for name, unit in zip(symbols.names, group, strict=True) if name is not None}
        rules: list[FoundRule] = []
        for notation, names in self._notations.group(named):
            units = {name: named[name] for name in names}
            shown = [*group, *copies_of(group, self._copies)]
            rule = table_rule(symbols, units, shown, notation, self._roles, self._outline.nodes[0])
            if rule is not None:
                rules.append(rule)
        if len(rules) > 1:
            rules = separated(rules)
        return rules

    def _symbols(self, group: list[Unit]) -> GroupSymbols | None:
        if len(group) > 1:
            return find_group_symbols(group, self._roles)
        # A single panel may show one symbol after another: then its heading is read with each price, as in a table.
        unit = group[0]
        for node in common_ancestor([price.figure.holder for price in unit.prices.values()]).lineage():
            if not node.inside(unit.node) or node.tag in ("body", "html"):
                return None
            symbols = find_group_symbols([Unit(node, unit.prices)], self._roles, only_certain=True)
            if symbols is not None:
                unit.node = node
                return symbols
        return None

    def _symbol_rules(self, group: list[Unit]) -> list[FoundRule]:
        """Return a rule for each unit. Units of one shape are identified by a title, or by a symbol, of their own."""
        titles = distinct_titles(group) if len(group) > 1 else [None]
        if len(group) > 1 and None in titles:
            return self._rules_by_own_symbols(group)
        pairs = list(zip(group, titles, strict=True))[:_MAX_SYMBOL_RULES]
        found = (self._symbol_rule(unit, title) for unit, title in pairs)
        return [rule for rule in found if rule is not None]

    def _rules_by_own_symbols(self, group: list[Unit]) -> list[FoundRule]:
        symbols = [find_own_symbol(unit, self._elements_of_others(unit)) for unit in group]
        names = [symbol.name for symbol in symbols if symbol is not None]
        if len(set(names)) < len(group):
            self._nameless.append(group)
            return []
        found = (self._symbol_rule(unit, None, symbol) for unit, symbol in zip(group, symbols, strict=True))
        return [rule for rule in found if rule is not None]

    def _with_ladder(self, rules: list[FoundRule]) -> list[FoundRule]:
        """Return the rules with that for the best prices of an order book. Other rows without symbols are noted."""
        ladder = find_ladder(self._nameless, self._notations.value)
        if ladder is not None:
            self._priced = [unit for unit in self._priced if unit not in ladder.units]
            holders = [price.figure.holder for price in (ladder.ask, ladder.bid)]
            unit = Unit(common_ancestor(holders), {Meaning.ASK: ladder.ask, Meaning.BID: ladder.bid})
            symbol, root = self._unit_symbol(unit), self._outline.nodes[0]
            fields = ladder_fields(ladder, symbol.name, root)
            last = last_beside_ladder(rules, ladder, symbol.name, self._priced, self._notations.value)
            if fields and last is not None:
                # One rule for one symbol: the last price beside the book is its last price.
                fields = (*fields, *fields_of({symbol.name: last}, self._roles, root))
                unit.prices |= last.prices
                rules = [rule for rule in rules if rule.names != (symbol.name,)]
            if fields:
                note = "an order book: its best ask and its best bid are in the file, its other rows are not"
                notes, notation = (note, *self._guess(symbol)), self._notations.of(unit.texts())
                return [*rules, FoundRule("symbol", (symbol.name,), symbol.source, fields, notation, notes=notes)]
        self._notes += map(nameless_note, self._nameless)
        return rules

    def _elements_of_others(self, unit: Unit) -> frozenset[Node]:
        """Return all elements that hold prices of other units."""
        own = {price.figure for price in unit.prices.values()}
        figures = (price.figure for other in self._priced for price in other.prices.values())
        return frozenset(node for figure in figures if figure not in own for node in figure.node.lineage())

    def _symbol_rule(self, unit: Unit, title: Node | None, own: UnitSymbol | None = None) -> FoundRule | None:
        titled = None if title is None else UnitSymbol(slug_of(title.text), f"the text {title.text!r}")
        symbol = own or titled or self._unit_symbol(unit)
        notation = self._notations.of(unit.texts())
        notes = self._guess(symbol)
        fields = fields_of({symbol.name: unit}, self._roles, self._outline.nodes[0], title)
        if not fields:
            return None
        rule = FoundRule("symbol", (symbol.name,), symbol.source, fields, notation, notes=notes)
        if rule.opened(self._choices) is not rule:
            return rule
        return labelled_rule(unit, rule, self._roles, self._outline.nodes[0]) or rule

    def _guess(self, symbol: UnitSymbol) -> tuple[str, ...]:
        return () if symbol.is_certain else (f"the name {symbol.name} is a guess, from {symbol.source}",)

    def _unit_symbol(self, unit: Unit) -> UnitSymbol:
        # A unit as large as the page does not show where its name is: the search starts at its prices.
        node = unit.node
        if node.tag in ("html", "body"):
            node = common_ancestor([each.figure.holder for each in unit.prices.values()])
        return find_unit_symbol(Unit(node, unit.prices), self._outline, self._elements_of_others(unit))

    def _without_shared_names(self, rules: Sequence[FoundRule]) -> list[FoundRule]:
        """Return the rules without those of single symbols that another rule names too: one of the two is misread."""
        times = Counter(name for rule in rules for name in set(rule.names))
        kept = [rule for rule in rules if rule.kind == "table" or times[rule.names[0]] == 1]
        for name in dict.fromkeys(rule.names[0] for rule in rules if rule not in kept):
            self._notes.append(shared_name_note(name, times[name]))
        return kept


def _is_near(figure: Figure, other: Figure) -> bool:
    """Return whether another number is so near in the same line that both may be one."""
    a, b = figure.node.box, other.node.box
    is_same_line = min(a.bottom, b.bottom) > max(a.y, b.y)
    return figure is not other and is_same_line and max(a.x, b.x) - min(a.right, b.right) < _NEAR_PX
