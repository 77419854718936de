"""What discovery found: rules for a feed file, with what was seen of each. No I/O."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from tickql.producer.discover.inference.notation import Notation
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

    @property
    def way(self) -> tuple[object, ...]:
        """How it finds its prices, without what it finds."""
        fields = tuple(
            (each.name, tuple(selector.text for selector in each.selectors), each.read) for each in self.fields
        )
        where = tuple(each and each.text for each in (self.rows, self.symbol, self.label, self.value))
        names = (self.only, self.without) if self.kind == "table" else self.names
        return self.kind, self.attribute, self.notation.format, where, names, fields

    def joined(self, other: "FoundRule") -> "FoundRule":
        """This table together with the same one in another frame."""
        fields = zip(self.fields, other.fields, strict=True)
        return replace(
            self,
            names=tuple(dict.fromkeys((*self.names, *other.names))),
            fields=tuple(replace(mine, spots={**theirs.spots, **mine.spots}) for mine, theirs in fields),
        )

    def without_first(self, name: FieldName) -> "FoundRule":
        """The same, but for a field's first selector."""
        fields = [replace(each, selectors=each.selectors[1:]) if each.name == name else each for each in self.fields]
        return replace(self, fields=tuple(each for each in fields if each.selectors))


def all_frames(found: Iterable[Sequence[FoundRule]]) -> tuple[FoundRule, ...]:
    """The rules of all frames of a page: what is found in several of them in the same way is one rule."""
    rules: dict[tuple[object, ...], FoundRule] = {}
    seen: set[str] = set()
    for frame in found:
        for rule in frame:
            known = rules.get(rule.way)
            if known is not None and rule.kind == "table":
                rules[rule.way] = known.joined(rule)
            elif seen.isdisjoint(rule.names):
                rules[rule.way] = rule
            seen.update(rule.names)
    return tuple(rules.values())


@dataclass(frozen=True)
class Findings:
    """All that was found in one look at a page."""

    url: str
    title: str
    seconds: float
    rules: tuple[FoundRule, ...]
    streams: tuple[FoundStream, ...] = ()
    """Of a page that shows no prices as text: those that it receives."""
    notes: tuple[str, ...] = field(default=())

    @property
    def usable(self) -> tuple[FoundRule | FoundStream, ...]:
        """What the feed file gives: all of which it is known how its prices are written."""
        return (*self.settled, *self.streams)

    @property
    def anything(self) -> bool:
        """Whether prices were found, also such as can be read in two ways."""
        return bool(self.rules or self.streams)

    @property
    def settled(self) -> tuple[FoundRule, ...]:
        """The rules of the page's text whose format is known."""
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
        ) + tuple((each.origin, each.names, *each.picks) for each in self.streams)
