"""A feed file as a whole: read from disk, checked, and turned into what the page's observer needs."""

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
from tickql.producer.feedfile.validation_errors import describe_validation_error, rule_name

# A thousand times a usual feed file: a larger file was given by mistake, and is not read into memory.
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
                raise ValueError(f"[{key}] is a list of rules: write [[{key}]]")
        return given

    @model_validator(mode="after")
    def _check_rules(self) -> Self:
        # A table names its symbols only on the page: a price that two rules read is then found out at run time.
        rules = (*self.symbol, *self.labelled, *self.stream)
        given = Counter((symbol, name) for rule in rules for symbol in rule.named_symbols for name in rule.fields)
        for (symbol, name), times in given.items():
            if times > 1:
                raise ValueError(f'{name} of symbol "{symbol}" is given {times} times: keep one of them')
        if not (self.symbol or self.table or self.labelled or self.stream):
            raise ValueError("no prices: add a [[symbol]], a [[table]], a [[labelled]] or a [[stream]]")
        return self


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A feed file, read and checked. `rules` holds the symbols, the tables, the labelled boxes, then the streams.

    Everywhere else a rule is named by its index in `rules`, as in the observer's messages.
    """

    path: Path
    page: PageSettings
    rules: tuple[PageRule | StreamRule, ...]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and check a file.

        Raises:
            FeedFileError: the file is missing or not readable, or anything in it is wrong. The message is one line.
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
        """Read and check a text. Error messages name `path`; other files are looked up beside it.

        Raises:
            FeedFileError: anything in the text is wrong. The message is one line.
        """
        try:
            # Floats as decimals: `tick_size = 0.1` has to be exact.
            given = tomllib.loads(text, parse_float=Decimal)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            fault = str(error) or "nested too deeply"
            raise FeedFileError(f"{path}: not TOML: {fault[0].lower()}{fault[1:]}") from error
        try:
            document = _Document.model_validate(given, context=path.parent)
        except ValidationError as error:
            raise FeedFileError(f"{path}: {describe_validation_error(error, given)}") from error
        return cls(path, document.page, (*document.symbol, *document.table, *document.labelled, *document.stream))

    @property
    def name(self) -> str:
        """The file's name without its suffix. The producer uses it as the name of this page."""
        return self.path.stem

    @property
    def named_symbols(self) -> tuple[str, ...]:
        """The symbols that the file itself names; the symbols of tables are known only from the page."""
        return tuple(dict.fromkeys(symbol for rule in self.rules for symbol in rule.named_symbols))

    def rule_name(self, index: int) -> str:
        """Return how messages name the rule at this index, such as `symbol "ES"` or `[[table]] #2`."""
        kind = self.rules[index].observed()["kind"]
        first = next(other for other, rule in enumerate(self.rules) if rule.observed()["kind"] == kind)
        return rule_name(kind, index - first, getattr(self.rules[index], "name", None))

    def observed(self) -> dict[str, Any]:
        """Return what the page's observer needs, ready for JSON: `{"sample_ms": ..., "rules": [...]}`.

        Each of `rules` is a rule's `observed()`, with the rule's index as `rule` and, where it is to be polled,
        `"poll": true`, and the times of `settle`. Streams are left out: the observer does not read them.
        """
        shown = [(index, rule) for index, rule in enumerate(self.rules) if not isinstance(rule, StreamRule)]
        rules = [
            {"rule": index, **({"poll": True} if rule.poll else {}), **rule.observed_settle(), **rule.observed()}
            for index, rule in shown
        ]
        return {"sample_ms": self.page.sample_s * 1000, "rules": rules}
