"""What discovery found: rules for a feed file, with what was seen of each. No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from producer.discover.notation import Notation
from producer.discover.outline import Spot
from producer.discover.roles import Evidence
from producer.discover.selecting import Rank, Selector
from producer.rules import FIELD_NAMES, FieldName

Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True)
class FoundField:
    """One price of a rule."""

    name: FieldName
    selectors: tuple[Selector, ...]
    """The best first; each of them matches exactly once in each row."""
    read: str
    evidence: Evidence
    spots: dict[str, Spot]
    """By symbol."""

    def confidence(self, notation: Notation) -> Confidence:
        """How sure it is that this is the price, that the selector lasts and that the format is right."""
        if notation.format is None or self.evidence.source == "guess":
            return "low"
        firm = self.evidence.source in ("header", "label", "attribute") or self.evidence.meaning == self.name
        lasts = self.selectors[0].rank <= Rank.LABEL
        return "high" if firm and lasts else "medium" if firm or lasts else "low"


@dataclass(frozen=True)
class FoundRule:
    """One rule, in the terms of a feed file (see docs/feed-file.md)."""

    kind: Literal["symbol", "table", "labelled"]
    names: tuple[str, ...]
    """The symbols seen; one for a `symbol` or `labelled`."""
    named_by: str
    fields: tuple[FoundField, ...]
    notation: Notation
    rows: Selector | None = None
    """Of a `table`, and the box of a `labelled`."""
    symbol: Selector | None = None
    attribute: str | None = None
    label: Selector | None = None
    value: Selector | None = None
    only: tuple[str, ...] = ()
    """Symbols of the rows that this rule takes, by its attribute; empty: all."""
    without: tuple[str, ...] = ()
    """Symbols of the rows that this rule leaves to others, by its attribute."""
    notes: tuple[str, ...] = ()
    """Sentences for the user."""

    @property
    def settled(self) -> bool:
        """Whether it can be used: its format is known."""
        return self.notation.format is not None

    @property
    def changes(self) -> int:
        """How often its prices changed."""
        return sum(spot.changes for each in self.fields for spot in each.spots.values())

    def without_first(self, name: FieldName) -> "FoundRule":
        """The same, but for a field's first selector."""
        fields = [replace(each, selectors=each.selectors[1:]) if each.name == name else each for each in self.fields]
        return replace(self, fields=tuple(each for each in fields if each.selectors))


@dataclass(frozen=True)
class Findings:
    """All that was found in one look at a page."""

    url: str
    title: str
    seconds: float
    rules: tuple[FoundRule, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def usable(self) -> tuple[FoundRule, ...]:
        """The rules whose format is known."""
        return tuple(rule for rule in self.rules if rule.settled)

    def rows(self) -> Iterator[tuple[FoundRule, str, FoundField, Spot]]:
        """Every price seen: rule, symbol, field and place; by symbol, then ask, bid, last."""
        for rule in self.rules:
            for symbol in rule.names:
                for each in sorted(rule.fields, key=lambda each: FIELD_NAMES.index(each.name)):
                    if symbol in each.spots:
                        yield rule, symbol, each, each.spots[symbol]

    def learnt(self) -> tuple[object, ...]:
        """What would be news: two looks with the same of it have learnt nothing in between."""
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
            for each in rule.fields
        )
