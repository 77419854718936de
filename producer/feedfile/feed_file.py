"""The feed file: a TOML that says which page to watch and where its prices are."""

import tomllib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from tickql.producer.errors import FeedFileError
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.feedfile.rules import LabelledRule, PageRule, SymbolRule, TableRule
from tickql.producer.feedfile.section import Section
from tickql.producer.feedfile.stream_rules import StreamRule
from tickql.producer.feedfile.validation_errors import describe, place_of_rule

_MAX_BYTES = 1_000_000


class _Document(Section):
    page: PageSettings
    symbol: tuple[SymbolRule, ...] = ()
    table: tuple[TableRule, ...] = ()
    labelled: tuple[LabelledRule, ...] = Field(())
    stream: tuple[StreamRule, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _check_brackets(cls, given: Any) -> Any:
        for key in ("symbol", "table", "labelled", "stream"):
            if isinstance(given, dict) and isinstance(given.get(key), dict):
                raise ValueError(f"[{key}] may stand several times: write [[{key}]]")
        return given

    @model_validator(mode="after")
    def _check_rules(self) -> Self:
        rules = (*self.symbol, *self.labelled, *self.stream)
        given = Counter((symbol, name) for rule in rules for symbol in rule.known for name in rule.fields)
        for (symbol, name), times in given.items():
            if times > 1:
                raise ValueError(f'{name} of symbol "{symbol}" is given {times} times: keep one of them')
        if not (self.symbol or self.table or self.labelled or self.stream):
            raise ValueError("no prices: add a [[symbol]], a [[table]], a [[labelled]] or a [[stream]]")
        return self


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A feed file as read and checked. `rules` holds the symbols, the tables, the labelled boxes, then the streams.

    The page names a rule by its index in `rules`: `rules[3].price_format("ask")`, `rules[3].fields["ask"]`.
    """

    path: Path
    page: PageSettings
    rules: tuple[PageRule | StreamRule, ...]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and check a file.

        Raises:
            FeedFileError: no such file, not readable, or anything in it is wrong; one line.
        """
        try:
            with path.open("rb") as file:
                data = file.read(_MAX_BYTES + 1)
            text = data.decode()
        except OSError as error:
            raise FeedFileError(f"{path}: {(error.strerror or 'not readable').lower()}") from error
        except UnicodeDecodeError as error:
            raise FeedFileError(f"{path}: not UTF-8 at byte {error.start}") from error
        if len(data) > _MAX_BYTES:
            raise FeedFileError(f"{path}: more than {_MAX_BYTES} bytes, too large for a feed file")
        return cls.parse(text, path)

    @classmethod
    def parse(cls, text: str, path: Path = Path("feed.toml")) -> Self:
        """Read and check a text. `path` is named in errors; other files are looked up beside it.

        Raises:
            FeedFileError: anything in it is wrong; one line.
        """
        try:
            given = tomllib.loads(text, parse_float=Decimal)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            fault = str(error) or "nested too deeply"
            raise FeedFileError(f"{path}: not TOML: {fault[0].lower()}{fault[1:]}") from error
        try:
            document = _Document.model_validate(given, context=path.parent)
        except ValidationError as error:
            raise FeedFileError(f"{path}: {describe(error, given)}") from error
        return cls(path, document.page, (*document.symbol, *document.table, *document.labelled, *document.stream))

    @property
    def name(self) -> str:
        """The file's name without its suffix: what the producer calls this source."""
        return self.path.stem

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that the file itself names; those of tables are known only from the page."""
        return tuple(dict.fromkeys(symbol for rule in self.rules for symbol in rule.known))

    def place(self, rule: int) -> str:
        """How to name a rule to people, such as `symbol "ES"` or `[[table]] #2`."""
        kind = self.rules[rule].source()["kind"]
        number = rule - next(index for index, other in enumerate(self.rules) if other.source()["kind"] == kind)
        return place_of_rule(kind, number, getattr(self.rules[rule], "name", None))

    def sources(self) -> dict[str, Any]:
        """What the page's observer needs, ready for JSON: `{"sample_ms": ..., "rules": [...]}`.

        Each of `rules` is its rule's `source()`, with the index of the rule in `rules` as `rule`, and whether to
        `poll`. Streams are not for the page to observe.
        """
        shown = [(index, rule) for index, rule in enumerate(self.rules) if not isinstance(rule, StreamRule)]
        rules = [{"rule": index, **({"poll": True} if rule.poll else {}), **rule.source()} for index, rule in shown]
        return {"sample_ms": self.page.sample_s * 1000, "rules": rules}
