"""The findings of a discovery: rules for a feed file, with the prices that were seen by each. No I/O."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from tickql.producer.discover.inference.notation import Notation
from tickql.producer.discover.inference.readings import Choice, Reading, format_choice
from tickql.producer.discover.inference.records import FoundStream
from tickql.producer.discover.inference.roles import Evidence
from tickql.producer.discover.page.outline import Spot
from tickql.producer.discover.selectors.selector import Rank, Selector
from tickql.producer.feedfile.price_fields import FIELD_NAMES, FieldName

Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True)
class FoundField:
    """One price of a rule."""

    name: FieldName
    selectors: tuple[Selector, ...]
    """The best first. Each of them matches exactly one element in each row."""
    read: str
    evidence: Evidence
    spots: dict[str, Spot]
    """By symbol: where the price is."""
    choice: Choice | None = None
    """The ways to read it, if there are several; `None`: there is one."""
    chosen: Reading | None = None
    """The way that the user has chosen."""
    header: str | None = None
    """The text of the header of its column, in place of the selectors; `None`: the selectors count."""

    @property
    def ignored(self) -> str | None:
        """The selector of a label inside that is no part of the price; `None`: there is none."""
        return next((spot.label.selector for spot in self.spots.values() if spot.label is not None), None)

    @property
    def is_animated(self) -> bool:
        """Whether it counts up or down to each new price: the numbers in between are none."""
        return any(spot.is_animated for spot in self.spots.values())

    @property
    def place(self) -> str:
        """Where the price is in each row, for people."""
        return self.selectors[0].text if self.header is None else f"the header {self.header!r}"

    def confidence(self, notation: Notation) -> Confidence:
        """Return how certain it is that this is the right price and that the place lasts; `low` without a format."""
        if notation.format is None or self.evidence.source == "guess":
            return "low"
        is_named = self.evidence.source in ("header", "label", "attribute") or self.evidence.meaning == self.name
        is_lasting = self.header is not None or self.selectors[0].rank <= Rank.LABEL
        return "high" if is_named and is_lasting else "medium" if is_named or is_lasting else "low"


@dataclass(frozen=True)
class FoundRule:
    """One rule in the terms of a feed file (see docs/feed-file.md), and what was seen by it."""

    kind: Literal["symbol", "table", "labelled"]
    names: tuple[str, ...]
    """The symbols that were seen; a `symbol` or `labelled` rule has one."""
    symbol_source: str
    """Where the symbols come from, for people."""
    fields: tuple[FoundField, ...]
    notation: Notation
    rows: Selector | None = None
    """The rows of a `table`, or the boxes of a `labelled` rule."""
    symbol: Selector | None = None
    attribute: str | None = None
    symbol_header: str | None = None
    """The text of the header of the column with the symbols, in place of `symbol`; `None`: `symbol` counts."""
    safe: Mapping[str, str] = field(default_factory=dict)
    """By shown text: the symbol of each row of a table. Empty: a feed can carry all texts themselves."""
    label: Selector | None = None
    value: Selector | None = None
    included: tuple[str, ...] = ()
    """The symbols of the rows that this table is limited to, by its attribute; empty: no limit."""
    excluded: tuple[str, ...] = ()
    """The symbols of the rows that other tables read, by its attribute."""
    notes: tuple[str, ...] = ()
    """Notes for the user, a sentence each."""
    open_fields: tuple[FoundField, ...] = ()
    """Prices that can be read in several ways, while none is chosen."""

    @property
    def has_format(self) -> bool:
        """Whether the number format is known, and a price certain: without them the rule cannot be used."""
        return self.notation.format is not None and bool(self.fields)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What is left to the user."""
        formats = self.notation.alternatives
        found = (format_choice(self.names, self.notation.example, formats),) if formats and self.fields else ()
        return (*found, *(each.choice for each in self.open_fields if each.choice is not None))

    def opened(self, choices: Mapping[int, Choice]) -> "FoundRule":
        """Return this rule with the prices that can be read in several ways apart. `choices`: by spot."""
        fields = [replace(each, choice=_choice(each, choices)) for each in self.fields]
        is_open = tuple(each for each in fields if each.choice is not None)
        certain = tuple(each for each in fields if each.choice is None)
        return replace(self, fields=certain, open_fields=is_open) if is_open else self

    def settled(self, choice: Choice, reading: Reading) -> "FoundRule":
        """Return this rule with a choice made."""
        if self.notation.alternatives and choice in self.choices and not reading.keys:
            return replace(self, notation=Notation(reading.format))
        made = tuple(replace(each, chosen=reading) for each in self.open_fields if each.choice == choice)
        kept = tuple(each for each in self.open_fields if each.choice != choice)
        notation = self.notation if self.fields or not made else Notation(reading.format)
        return replace(self, fields=(*self.fields, *made), open_fields=kept, notation=notation)

    @property
    def changes(self) -> int:
        """The number of price changes while the page was watched."""
        return sum(spot.changes for each in (*self.fields, *self.open_fields) for spot in each.spots.values())

    @property
    def definition(self) -> tuple[object, ...]:
        """The content of this rule in the feed file, without the prices that were seen."""
        fields = tuple(
            (each.name, tuple(selector.text for selector in each.selectors), each.read, each.header)
            for each in (*self.fields, *self.open_fields)
        )
        where = tuple(each and each.text for each in (self.rows, self.symbol, self.label, self.value))
        names = (self.included, self.excluded, tuple(self.safe.items())) if self.kind == "table" else self.names
        return self.kind, self.attribute, self.symbol_header, self.notation.format, where, names, fields

    def merged_with(self, other: "FoundRule") -> "FoundRule":
        """Return this rule with the symbols of the same rule in another frame."""
        fields = zip(self.fields, other.fields, strict=True)
        return replace(
            self,
            names=tuple(dict.fromkeys((*self.names, *other.names))),
            safe={**other.safe, **self.safe},
            fields=tuple(replace(own, spots={**others.spots, **own.spots}) for own, others in fields),
        )

    def without_first_selector(self, name: FieldName) -> "FoundRule":
        """Return this rule without the first selector of a field, and without the field if it was the only one.

        Where a header names its column, the selectors stay, and count again.
        """
        if any(each.name == name and each.header is not None for each in self.fields):
            fields = [replace(each, header=None) if each.name == name else each for each in self.fields]
            return replace(self, symbol_header=None, fields=tuple(fields))
        fields = [replace(each, selectors=each.selectors[1:]) if each.name == name else each for each in self.fields]
        return replace(self, fields=tuple(each for each in fields if each.selectors))


def _choice(found: FoundField, choices: Mapping[int, Choice]) -> Choice | None:
    return next((choices[spot.id] for spot in found.spots.values() if spot.id in choices), None)


def merge_frames(found: Iterable[Sequence[FoundRule]]) -> tuple[FoundRule, ...]:
    """Return the rules of all frames of a page; rules of the same definition become one."""
    rules: dict[tuple[object, ...], FoundRule] = {}
    seen: set[str] = set()
    for frame in found:
        for rule in frame:
            known = rules.get(rule.definition)
            if known is not None and rule.kind == "table":
                rules[rule.definition] = known.merged_with(rule)
            # A symbol may be in two frames, with different rules: then the first frame counts.
            elif seen.isdisjoint(rule.names):
                rules[rule.definition] = rule
            seen.update(rule.names)
    return tuple(rules.values())


@dataclass(frozen=True)
class Findings:
    """The result of one inference over all frames of a page."""

    url: str
    title: str
    seconds: float
    rules: tuple[FoundRule, ...]
    streams: tuple[FoundStream, ...] = ()
    """Streams with prices; only of a page that shows no prices as text."""
    notes: tuple[str, ...] = ()
    """What was seen but not written, and why; a sentence each, for people."""

    @property
    def usable(self) -> tuple[FoundRule | FoundStream, ...]:
        """The rules and streams that a producer can use: their number format is known."""
        return (*self.complete_rules, *self.streams)

    @property
    def has_prices(self) -> bool:
        """Whether prices were found, even in an ambiguous number format."""
        return bool(self.rules or self.streams)

    @property
    def complete_rules(self) -> tuple[FoundRule, ...]:
        """The rules whose number format is known."""
        return tuple(rule for rule in self.rules if rule.has_format)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be read in several ways, each once."""
        return tuple(dict.fromkeys(choice for rule in self.rules for choice in rule.choices))

    def settled(self, choice: Choice, reading: Reading) -> "Findings":
        """Return the findings with a choice made."""
        return replace(self, rules=tuple(rule.settled(choice, reading) for rule in self.rules))

    def rows(self) -> Iterator[tuple[FoundRule, str, FoundField, Spot]]:
        """Yield every price that was seen: rule, symbol, field and spot; per symbol in the order ask, bid, last."""
        for rule in self.rules:
            for symbol in rule.names:
                for each in sorted(rule.fields, key=lambda each: FIELD_NAMES.index(each.name)):
                    if symbol in each.spots:
                        yield rule, symbol, each, each.spots[symbol]

    def fingerprint(self) -> tuple[object, ...]:
        """Return a value that changes when something new is found, but not when prices merely change again."""
        # Of the changes only "has changed" counts: a fast price would otherwise look new each second.
        return tuple(
            (
                rule.kind,
                rule.names,
                rule.notation.format,
                each.name,
                each.selectors[:1],
                sum(s.changes > 0 for s in each.spots.values()),
            )
            for rule in self.rules
            for each in (*rule.fields, *rule.open_fields)
        ) + tuple((each.origin, each.names, *each.picks) for each in self.streams)


def separated(rules: list[FoundRule]) -> list[FoundRule]:
    """Return rules for one table whose rows have different formats, separated by the attribute with the symbol."""
    main, *others = rules
    symbols = tuple(symbol for rule in others for symbol in rule.names)
    if main.attribute is None or main.symbol is not None or main.safe:
        note = (
            "other rows of this table have another number format, and no attribute of the rows separates them: "
            + ", ".join(symbols)
        )
        return [replace(main, notes=(*main.notes, note))]
    return [replace(main, excluded=symbols), *(replace(rule, included=rule.names) for rule in others)]
