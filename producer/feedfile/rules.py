"""Where prices are on a page: the `[[symbol]]`, `[[table]]` and `[[labelled]]` rules of a feed file."""

import re
from abc import abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, InstanceOf, model_validator

from tickql.feed.tick import check_symbol
from tickql.producer.feedfile.sanity import Sanity
from tickql.producer.feedfile.section import Section, Selector
from tickql.producer.prices.price_format import DEFAULT_FORMAT, PriceFormat

FieldName = Literal["ask", "bid", "last"]
FIELD_NAMES: tuple[FieldName, ...] = ("ask", "bid", "last")

_READ = re.compile(r"text|texts|value|aria|attr:[A-Za-z_][A-Za-z0-9_.:-]*|css:::(before|after)", re.ASCII)


def _check_read(read: str) -> str:
    if not _READ.fullmatch(read):
        raise ValueError(f"read {read[:40]!r} is not text, texts, attr:NAME, value, css:::before, css:::after or aria")
    return read


def _as_format(given: Any) -> PriceFormat:
    # `format = 32` and `format = 1234.56` without quotes are as clear as with them.
    return PriceFormat.of(str(given) if isinstance(given, str | int | Decimal) else "")


def _as_candidates(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


Format = Annotated[InstanceOf[PriceFormat], BeforeValidator(_as_format)]
Symbol = Annotated[str, AfterValidator(check_symbol)]
Candidates = Annotated[tuple[Selector, ...], BeforeValidator(_as_candidates), Field(min_length=1, max_length=20)]
Labels = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_as_candidates), Field(min_length=1)
]


class Price(Sanity):
    """One price: what to expect of it, and how it is written. `None`: as the rule says."""

    format: Format | None = None


class PriceField(Price):
    """Where one price is and how it is written. In the file: a selector, a list of candidates, or a table of these.

    `read` is what to read of the element: `text` (joined without spaces), `attr:NAME`, `value` (of an input),
    `css:::before`, `css:::after` or `aria` (the name that assistive technology reads); or `texts`, the text of all
    elements that match, joined.
    """

    selector: Candidates | None = None
    """Candidates; the first that matches is taken. `None`: the table's row itself."""
    read: Annotated[str, AfterValidator(_check_read)] = "text"

    @model_validator(mode="before")
    @classmethod
    def _from_selector(cls, given: Any) -> Any:
        if isinstance(given, str | list):
            return {"selector": given}
        if not isinstance(given, dict):
            raise ValueError(
                f"{given!r:.40} is not a selector, a list of selectors or {{ selector = ..., read = ... }}"
            )
        return given

    def candidates(self) -> list[dict[str, str | None]]:
        """For the page: `[{"selector": ..., "read": ...}]`, the best first; a null selector is the row itself."""
        return [{"selector": selector, "read": self.read} for selector in self.selector or (None,)]


class SymbolPlace(Section):
    """Where a row says its symbol: the text of `selector`, or the `attribute` of it (without: of the row itself)."""

    selector: Selector | None = None
    attribute: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.:-]*$")] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_selector(cls, given: Any) -> Any:
        return {"selector": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if self.selector is None and self.attribute is None:
            raise ValueError('no place for the symbol: write a selector or { attribute = "row-id" }')
        return self

    def source(self) -> dict[str, str | None]:
        """For the page: `{"selector": ..., "read": ...}`; a null selector is the row itself."""
        return {"selector": self.selector, "read": f"attr:{self.attribute}" if self.attribute else "text"}


class BoxSymbol(SymbolPlace):
    """The symbol of a box: in the file a symbol such as `"ES"`, or a place in the box as in a table's row."""

    name: Symbol | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_selector(cls, given: Any) -> Any:
        return {"name": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if (self.name is None) == (self.selector is None and self.attribute is None):
            raise ValueError('write either a symbol such as "ES", or { selector = ... } or { attribute = ... }')
        return self

    def source(self) -> dict[str, str | None]:
        """For the page: `{"name": ...}`, or as a table's."""
        return super().source() if self.name is None else {"name": self.name}


class Rule(Section):
    """What all rules have. `format` is for those of the rule's fields that name none."""

    format: Format | None = None

    @property
    @abstractmethod
    def fields(self) -> Mapping[FieldName, Price]:
        """The prices that this rule reads, in the order ask, bid, last."""

    @property
    def known(self) -> tuple[str, ...]:
        """The symbols that the feed file itself names here; others are known only from the page."""
        return ()

    def shared_with(self, other: "Rule") -> list[FieldName]:
        """The prices that both read, and of which a symbol can have only one's."""
        return [name for name in self.fields if name in other.fields]

    def price_format(self, name: FieldName) -> PriceFormat:
        """How the page writes this price."""
        return self.fields[name].format or self.format or DEFAULT_FORMAT

    @abstractmethod
    def source(self) -> dict[str, Any]:
        """For the page: what to observe, ready for JSON (see `FeedFile.sources`)."""


class ShownRule(Rule):
    """A rule for what the page shows."""

    poll: bool = False
    """Whether to look at each `sample`, too, in place of waiting for the page to tell of changes."""


class PlacedRule(ShownRule):
    """A rule with a place for each price of its own."""

    ask: PriceField | None = None
    bid: PriceField | None = None
    last: PriceField | None = None

    @model_validator(mode="after")
    def _check_fields(self) -> Self:
        if not self.fields:
            raise ValueError("no price to read: give at least one of ask, bid and last")
        return self

    @property
    def fields(self) -> dict[FieldName, PriceField]:
        """The prices that this rule reads, in the order ask, bid, last."""
        given: dict[FieldName, PriceField | None] = {"ask": self.ask, "bid": self.bid, "last": self.last}
        return {name: field for name, field in given.items() if field is not None}

    def _field_sources(self) -> dict[str, Any]:
        return {name: field.candidates() for name, field in self.fields.items()}


class SymbolRule(PlacedRule):
    """`[[symbol]]`: one symbol at fixed places of the page."""

    name: Symbol

    @model_validator(mode="after")
    def _check_selectors(self) -> Self:
        for name, field in self.fields.items():
            if field.selector is None:
                raise ValueError(f"{name}: selector is missing")
        return self

    @property
    def known(self) -> tuple[str, ...]:
        """The symbol."""
        return (self.name,)

    def source(self) -> dict[str, Any]:
        """`{"kind": "symbol", "symbol": ..., "fields": {name: candidates}}`."""
        return {"kind": "symbol", "symbol": self.name, "fields": self._field_sources()}


class TableRule(PlacedRule):
    """`[[table]]`: many rows of one shape, a symbol in each. The fields' selectors start at the row."""

    rows: Selector
    symbol: SymbolPlace

    def source(self) -> dict[str, Any]:
        """`{"kind": "table", "rows": ..., "symbol": {"selector", "read"}, "fields": {name: candidates}}`."""
        fields = self._field_sources()
        return {"kind": "table", "rows": self.rows, "symbol": self.symbol.source(), "fields": fields}


class LabelledRule(ShownRule):
    """`[[labelled]]`: boxes that hold a label and a value each, as on futures terminals.

    `label` and `value` start at the box. `labels` says which label texts stand for which price, one or several each.
    """

    box: Selector
    label: Selector
    value: PriceField
    labels: Annotated[dict[FieldName, Labels], Field(min_length=1)]
    symbol: BoxSymbol

    @property
    def fields(self) -> dict[FieldName, PriceField]:
        """The prices that this rule reads, in the order ask, bid, last."""
        return {name: self.value for name in FIELD_NAMES if name in self.labels}

    @property
    def known(self) -> tuple[str, ...]:
        """The boxes' symbol, if it is given."""
        return (self.symbol.name,) if self.symbol.name is not None else ()

    def source(self) -> dict[str, Any]:
        """`{"kind": "labelled", "box", "label", "value": candidates, "labels": {name: [text]}, "symbol"}`."""
        return {
            "kind": "labelled",
            "box": self.box,
            "label": self.label,
            "value": self.value.candidates(),
            "labels": {name: list(texts) for name, texts in self.labels.items()},
            "symbol": self.symbol.source(),
        }


PageRule = SymbolRule | TableRule | LabelledRule
"""The rules for what a page shows."""
