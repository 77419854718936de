"""What the rules of a feed file share: the prices that a rule reads, and the symbol that the prices belong to."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, InstanceOf, model_validator

from tickql.feed.tick import check_symbol
from tickql.producer.errors import excerpt
from tickql.producer.feedfile.sanity import SanityChecks
from tickql.producer.feedfile.section import Candidates, Section, SelectorText
from tickql.producer.prices.price_format import PriceFormat

FieldName = Literal["ask", "bid", "last"]
FIELD_NAMES: tuple[FieldName, ...] = ("ask", "bid", "last")
"""The prices of a symbol, in the order in which readings and messages carry them."""

_ATTRIBUTE_NAME = r"[A-Za-z_][A-Za-z0-9_.:-]*"
_READ = re.compile(rf"text|texts|value|aria|attr:{_ATTRIBUTE_NAME}|css:::(before|after)", re.ASCII)


def _check_read(read: str) -> str:
    if not _READ.fullmatch(read):
        raise ValueError(
            f"read {excerpt(read)!r} is not text, texts, attr:NAME, value, css:::before, css:::after or aria"
        )
    return read


def _to_format(given: Any) -> PriceFormat:
    # TOML reads `format = 32` and `format = 1234.56` without quotes as numbers: they are as clear as with quotes.
    return PriceFormat.from_text(str(given) if isinstance(given, str | int | Decimal) else "")


FormatSetting = Annotated[InstanceOf[PriceFormat], BeforeValidator(_to_format)]
"""A price format; in the file the text that `PriceFormat.from_text` reads."""
SymbolName = Annotated[str, AfterValidator(check_symbol)]
"""A symbol such as `ES`, in the characters that a feed can carry."""


class PriceSettings(SanityChecks):
    """How one price is written, and the values that are expected of it. A format of `None`: that of the rule."""

    format: FormatSetting | None = None


class PriceField(PriceSettings):
    """Where one price is on the page. In the file: a selector, a list of candidates, or a table of these keys.

    `read` is what to read of the element: `text` (joined without spaces), `attr:NAME`, `value` (of an input),
    `css:::before`, `css:::after` or `aria` (the name that assistive technology reads); or `texts`, the text of all
    elements that match, joined.
    """

    selector: Candidates | None = None
    """Selectors, tried in order: the first that matches is used. `None`: the table's row itself."""
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

    def observed(self) -> list[dict[str, str | None]]:
        """Return what the observer needs: `[{"selector", "read"}]` in order; a null selector is the row itself."""
        return [{"selector": selector, "read": self.read} for selector in self.selector or (None,)]


class RowSymbol(Section):
    """Where a row shows its symbol: the text of `selector`, or its `attribute` (without a selector: the row's own)."""

    selector: SelectorText | None = None
    attribute: Annotated[str, Field(pattern=rf"^{_ATTRIBUTE_NAME}$")] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"selector": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if self.selector is None and self.attribute is None:
            raise ValueError('no place for the symbol: write a selector or { attribute = "row-id" }')
        return self

    def observed(self) -> dict[str, str | None]:
        """Return what the observer needs: `{"selector", "read"}`; a null selector is the row itself."""
        return {"selector": self.selector, "read": f"attr:{self.attribute}" if self.attribute else "text"}


class BoxSymbol(RowSymbol):
    """The symbol of a box. In the file: a symbol such as `"ES"`, or a place in the box as in a table's row."""

    name: SymbolName | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"name": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if (self.name is None) == (self.selector is None and self.attribute is None):
            raise ValueError('write either a symbol such as "ES", or { selector = ... } or { attribute = ... }')
        return self

    def observed(self) -> dict[str, str | None]:
        """Return what the observer needs: `{"name"}`, or the same as of a row's symbol."""
        return super().observed() if self.name is None else {"name": self.name}
