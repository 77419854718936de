"""What the rules of a feed file share: the prices that a rule reads, and the symbol that the prices belong to."""

import re
from collections import Counter
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from tickql.feed.tick import check_symbol
from tickql.producer.errors import excerpt
from tickql.producer.feedfile.sanity import SanityChecks
from tickql.producer.feedfile.section import Candidates, Section, SelectorText
from tickql.producer.feedfile.text_keys import ShownTextKeys, TextKeys

FieldName = Literal["ask", "bid", "last"]
FIELD_NAMES: tuple[FieldName, ...] = ("ask", "bid", "last")
"""The prices of a symbol, in the order in which readings and messages carry them."""

# What a page shows above a column has a few words.
_MAX_HEADER_CHARACTERS = 200
_ATTRIBUTE_NAME = r"[A-Za-z_][A-Za-z0-9_.:-]*"
_READ = re.compile(rf"text|texts|value|aria|title|attr:{_ATTRIBUTE_NAME}|css:::(before|after)", re.ASCII)


def _check_read(read: str) -> str:
    if not _READ.fullmatch(read):
        raise ValueError(
            f"read {excerpt(read)!r} is not text, texts, attr:NAME, value, css:::before, css:::after, aria or title"
        )
    return read


def _check_header(text: str) -> str:
    if not text.strip():
        raise ValueError('an empty header: write the text of the column\'s header, such as "Bid"')
    if len(text) > _MAX_HEADER_CHARACTERS:
        raise ValueError(f"a header of {len(text)} characters: at most {_MAX_HEADER_CHARACTERS} are read")
    return text


SymbolName = Annotated[str, AfterValidator(check_symbol)]
"""A symbol such as `ES`, in the characters that a feed can carry."""


HeaderText = Annotated[str, AfterValidator(_check_header)]
"""The text of a column's header, as the page shows it."""


class PriceSettings(SanityChecks, TextKeys):
    """How one price is written, and the values that are expected of it."""


class PriceField(PriceSettings, ShownTextKeys):
    """Where one price is on the page. In the file: a selector, a list of candidates, or a table of these keys.

    `read` is what to read of the element: `text` (as it is seen), `attr:NAME`, `value` (of an input), `css:::before`,
    `css:::after` or `aria` (the name that assistive technology reads); `texts`, the text of all elements that match,
    joined; or `title`, the title of the document.
    """

    selector: Candidates | None = None
    """Selectors, tried in order: the first that matches is used. `None`: the table's row itself."""
    header: HeaderText | None = None
    """In place of `selector`, in a table: the text of the column's header. The row's cell below it is read."""
    whole: SelectorText | None = None
    """In place of `selector`: the element with the whole part; `fraction` has the digits behind the decimal sign."""
    fraction: SelectorText | None = None
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

    @model_validator(mode="after")
    def _check_places(self) -> Self:
        if (self.whole is None) != (self.fraction is None):
            raise ValueError("whole and fraction belong together: give both, or selector")
        given = [key for key in ("selector", "header", "whole") if getattr(self, key) is not None]
        if len(given) > 1:
            raise ValueError(f"{given[0]} and {given[1]} contradict each other: keep one of them")
        if self.read == "title" and self.header is not None:
            raise ValueError('header and read = "title" contradict each other: the title is in no column')
        if self.read == "title" and self.places is not None:
            raise ValueError('read = "title" reads the title of the document: leave the selector out')
        for key in ("whole", "ignore"):
            if getattr(self, key) is not None and self.read not in ("text", "texts")[: 2 if key == "ignore" else 1]:
                raise ValueError(f'{key} and read = "{self.read}" contradict each other: {key} is for what is seen')
        return self

    @property
    def places(self) -> tuple[str, ...] | None:
        """The selectors of the element, or of its whole part; `None`: the row itself, or the document."""
        return self.selector if self.whole is None else (self.whole,)

    def observed(self, ignore: tuple[str, ...] | None = None) -> list[dict[str, Any]]:
        """Return what the observer needs: `[{"selector", "read"}]` in order; a null selector is the row itself.

        With `fraction` where a second element has the digits behind the decimal sign, and with `ignore`, a list of
        selectors, where parts of the element are left out. With `header` the element is the row's cell below that
        header. `ignore`: that of the rule.
        """
        more: dict[str, Any] = {} if self.fraction is None else {"fraction": self.fraction}
        ignored = self.ignore or (ignore if self.read in ("text", "texts") else None)
        if ignored:
            more["ignore"] = list(ignored)
        if self.header is not None:
            more["header"] = self.header
        return [{"selector": selector, "read": self.read, **more} for selector in self.places or (None,)]


class RowSymbol(Section):
    """Where a row shows its symbol: the text of `selector`, or its `attribute` (without a selector: the row's own).

    In a table `header` is in place of `selector`: the text of the column's header.
    """

    names: Annotated[dict[str, SymbolName], Field(min_length=1, max_length=5000)] | None = None
    """From the texts that the page shows to symbols; other rows are ignored. `None`: the text is the symbol."""
    selector: SelectorText | None = None
    header: HeaderText | None = None
    attribute: Annotated[str, Field(pattern=rf"^{_ATTRIBUTE_NAME}$")] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"selector": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if self.selector is not None and self.header is not None:
            raise ValueError("selector and header contradict each other: keep one of them")
        if self.selector is None and self.header is None and self.attribute is None:
            raise ValueError('no place for the symbol: write a selector or { attribute = "row-id" }')
        self._check_names()
        return self

    def _check_names(self) -> None:
        for symbol, times in Counter((self.names or {}).values()).items():
            if times > 1:
                raise ValueError(f'names: symbol "{symbol}" is given {times} times: keep one of them')

    def shown_name(self, symbol: str) -> str | None:
        """Return what the page shows for a symbol; `None`: the symbol itself."""
        return next((name for name, each in (self.names or {}).items() if each == symbol and name != symbol), None)

    def observed(self) -> dict[str, str | None]:
        """Return what the observer needs: `{"selector", "read"}`, and `header` if given; a null selector: the row."""
        place = {"selector": self.selector, "read": f"attr:{self.attribute}" if self.attribute else "text"}
        return place if self.header is None else {**place, "header": self.header}


class BoxSymbol(RowSymbol):
    """The symbol of a box. In the file: a symbol such as `"ES"`, or a place in the box as in a table's row."""

    name: SymbolName | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"name": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if self.header is not None:
            raise ValueError("header is for the rows of a [[table]]: write a selector")
        if (self.name is None) == (self.selector is None and self.attribute is None):
            raise ValueError('write either a symbol such as "ES", or { selector = ... } or { attribute = ... }')
        if self.name is not None and self.names is not None:
            raise ValueError("name and names contradict each other: keep one of them")
        self._check_names()
        return self

    def observed(self) -> dict[str, str | None]:
        """Return what the observer needs: `{"name"}`, or the same as of a row's symbol."""
        return super().observed() if self.name is None else {"name": self.name}
