"""The `[[symbol]]`, `[[table]]` and `[[labelled]]` rules of a feed file: where prices are on a page."""

from abc import abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from tickql.producer.feedfile.price_fields import (
    FIELD_NAMES,
    BoxSymbol,
    FieldName,
    PriceField,
    PriceSettings,
    RowSymbol,
    SymbolName,
)
from tickql.producer.feedfile.section import ONE_OR_MORE, SelectorText
from tickql.producer.feedfile.text_keys import ShownTextKeys, TextKeys, check_keys, parse_options, settings_of
from tickql.producer.prices.price_format import DEFAULT_FORMAT, PriceFormat
from tickql.producer.prices.price_parser import Parser, price_parser

LabelTexts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], ONE_OR_MORE, Field(min_length=1)]
"""The texts of a label. In the file: one text or a list."""


class Rule(TextKeys):
    """Base of all rules. Its text keys apply to those fields of the rule that do not have the key of their own."""

    @model_validator(mode="after")
    def _check_text_keys(self) -> Self:
        for name, field in self.fields.items():
            try:
                check_keys(settings_of(field, self))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return self

    @property
    @abstractmethod
    def fields(self) -> Mapping[FieldName, PriceSettings]:
        """The prices that this rule reads, in the order ask, bid, last."""

    @property
    def named_symbols(self) -> tuple[str, ...]:
        """The symbols that the feed file itself names in this rule; all others are known only from the page."""
        return ()

    def shown_name(self, symbol: str) -> str | None:
        """Return what the page shows for a symbol, where the file has names for it; `None`: the symbol itself."""
        return None

    def common_fields(self, other: "Rule") -> list[FieldName]:
        """Return the prices that both rules read. A symbol can take each of these from one of the rules only."""
        return [name for name in self.fields if name in other.fields]

    def price_format(self, name: FieldName) -> PriceFormat:
        """Return the format in which the page writes this price."""
        return self.fields[name].format or self.format or DEFAULT_FORMAT

    # Cached: each symbol of a table asks for them.
    @cached_property
    def parsers(self) -> dict[FieldName, Parser]:
        """The parser of each price's text."""
        return {
            name: price_parser(self.price_format(name), parse_options(settings_of(field, self)))
            for name, field in self.fields.items()
        }

    @abstractmethod
    def observed(self) -> dict[str, Any]:
        """Return what the page's observer needs of this rule, ready for JSON (see `FeedFile.observed`)."""


class ShownRule(Rule, ShownTextKeys):
    """Base of the rules for what the page shows, in contrast to what it receives (`StreamRule`)."""

    poll: bool = False
    """Whether the observer also reads the prices at each `sample`, without waiting for a change of the page."""

    def observed_settle(self) -> dict[str, Any]:
        """Return `{"settle": {name: ms}}` for the prices that count only when they stand still, or `{}`."""
        own = {name: getattr(field, "settle_s", None) or self.settle_s for name, field in self.fields.items()}
        found = {name: 1000 * seconds for name, seconds in own.items() if seconds is not None}
        return {"settle": found} if found else {}


class PlacedRule(ShownRule):
    """Base of the rules in which each price has a place of its own."""

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

    def _observed_fields(self) -> dict[str, Any]:
        return {name: field.observed(self.ignore) for name, field in self.fields.items()}


class SymbolRule(PlacedRule):
    """`[[symbol]]`: one symbol at fixed places of the page."""

    name: SymbolName

    @model_validator(mode="after")
    def _check_selectors(self) -> Self:
        for name, field in self.fields.items():
            if field.header is not None:
                raise ValueError(f"{name}: header is for the prices of a [[table]]: write a selector")
            if field.places is None and field.read != "title":
                raise ValueError(f"{name}: selector is missing")
        return self

    @property
    def named_symbols(self) -> tuple[str, ...]:
        """The symbol."""
        return (self.name,)

    def observed(self) -> dict[str, Any]:
        """Return `{"kind": "symbol", "symbol": ..., "fields": {name: candidates}}`."""
        return {"kind": "symbol", "symbol": self.name, "fields": self._observed_fields()}


class TableRule(PlacedRule):
    """`[[table]]`: many rows of one shape, a symbol in each. The fields' selectors start at the row."""

    rows: SelectorText
    symbol: RowSymbol
    scroll: SelectorText | None = None
    """The element that scrolls the rows, if it holds only those in its window: it is made high enough for all."""

    def shown_name(self, symbol: str) -> str | None:
        """Return what a row shows for a symbol; `None`: the symbol itself."""
        return self.symbol.shown_name(symbol)

    def observed(self) -> dict[str, Any]:
        """Return `{"kind": "table", "rows": ..., "symbol": {"selector", "read"}, "fields": {name: candidates}}`."""
        fields = self._observed_fields()
        return {"kind": "table", "rows": self.rows, "symbol": self.symbol.observed(), "fields": fields}


class LabelledRule(ShownRule):
    """`[[labelled]]`: boxes that hold a label and a value each, as on futures terminals.

    `label` and `value` start at the box. `labels` maps each price to the texts of its label.
    """

    box: SelectorText
    label: SelectorText
    value: PriceField
    labels: Annotated[dict[FieldName, LabelTexts], Field(min_length=1)]
    symbol: BoxSymbol

    @model_validator(mode="after")
    def _check_value(self) -> Self:
        if self.value.header is not None:
            raise ValueError("value: header is for the prices of a [[table]]: write a selector")
        return self

    def shown_name(self, symbol: str) -> str | None:
        """Return what a box shows for a symbol; `None`: the symbol itself."""
        return self.symbol.shown_name(symbol)

    @property
    def fields(self) -> dict[FieldName, PriceField]:
        """The prices that this rule reads, in the order ask, bid, last."""
        return {name: self.value for name in FIELD_NAMES if name in self.labels}

    @property
    def named_symbols(self) -> tuple[str, ...]:
        """The symbol of the boxes, if the feed file gives it."""
        return (self.symbol.name,) if self.symbol.name is not None else ()

    def observed(self) -> dict[str, Any]:
        """Return `{"kind": "labelled", "box", "label", "value": candidates, "labels": {name: [text]}, "symbol"}`."""
        return {
            "kind": "labelled",
            "box": self.box,
            "label": self.label,
            "value": self.value.observed(self.ignore),
            "labels": {name: list(texts) for name, texts in self.labels.items()},
            "symbol": self.symbol.observed(),
        }


PageRule = SymbolRule | TableRule | LabelledRule
"""The rules for what a page shows."""
