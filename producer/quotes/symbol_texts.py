"""The symbols that a page shows: seen texts, translated by the names of the feed file. No I/O."""

from collections.abc import Sequence
from typing import NamedTuple

from tickql.producer.capture.messages import FieldPlace
from tickql.producer.errors import UnparsedPrice
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.rules import LabelledRule, TableRule
from tickql.producer.prices import seen_text
from tickql.producer.prices.seen_text import Gap, Kind, Piece

Places = dict[tuple[int, str], tuple[FieldPlace | None, ...]]

# Texts of which the meaning is remembered: a page may invent texts without end.
_MAX_REMEMBERED = 20_000


class SymbolText(NamedTuple):
    """What a text in the place of a symbol means."""

    symbol: str | None
    """The symbol; `None`: see `doubt`."""
    doubt: str | None = None
    """Why the text is no symbol, for people; `None`: the rule has names, and this text is none of them."""


class SymbolTexts:
    """Translates the texts in the places of symbols. A text without pieces, of a rule without names, is the symbol."""

    def __init__(self, feed: FeedFile) -> None:
        self._feed = feed
        self._names = {
            index: {_spaced(name): symbol for name, symbol in rule.symbol.names.items()}
            for index, rule in enumerate(feed.rules)
            if isinstance(rule, TableRule | LabelledRule) and rule.symbol.names is not None
        }
        self._remembered: dict[tuple[int, str], SymbolText] = {}

    def read(self, rule: int, text: str) -> SymbolText:
        """Return what a text means in the place of a rule's symbol."""
        found = self._remembered.get((rule, text))
        if found is None:
            if len(self._remembered) >= _MAX_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[rule, text] = self._read(rule, text)
        return found

    def translate(self, places: Places) -> Places:
        """Return the places of a heartbeat by symbol. Texts that are no symbol stay, and texts to be ignored do not."""
        translated: Places = {}
        for (rule, text), found in places.items():
            symbol, doubt = self.read(rule, text)
            if symbol is None and doubt is None:
                continue
            key = (rule, symbol or text)
            translated[key] = _sum(translated[key], found) if key in translated else found
        return translated

    def _read(self, rule: int, text: str) -> SymbolText:
        names = self._names.get(rule)
        if names is None and seen_text.is_plain(text):
            return SymbolText(text)
        # The rule's index comes from the process of the page, which is not trusted.
        place = self._feed.rule_name(rule) if 0 <= rule < len(self._feed.rules) else "the page"
        try:
            pieces = seen_text.decode(text)
        except UnparsedPrice as error:
            return SymbolText(None, f"{place}: the symbol is {error.shown}: {error.why}")
        joined = _joined(pieces)
        if names is not None:
            return SymbolText(names.get(joined))
        if _is_one(pieces):
            return SymbolText(joined)
        shown = seen_text.words(pieces)
        return SymbolText(
            None,
            f"{place}: the symbol is shown as {shown}: write a narrower selector for it, or {names_example(joined)}",
        )


def _joined(pieces: Sequence[Piece]) -> str:
    return _spaced("".join(f"{' ' * (piece.gap is not Gap.TOUCHING)}{piece.text}" for piece in pieces))


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _is_one(pieces: Sequence[Piece]) -> bool:
    """Whether pieces are certainly one name: they touch and look alike, and none begins with a digit, as marks do."""
    return all(
        piece.kind is Kind.PLAIN and (number == 0 or (piece.gap is Gap.TOUCHING and not piece.text[0].isdigit()))
        for number, piece in enumerate(pieces)
    )


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _sum(first: Sequence[FieldPlace | None], second: Sequence[FieldPlace | None]) -> tuple[FieldPlace | None, ...]:
    """The places of a symbol that the page shows under two texts: each element counts."""
    return tuple(
        FieldPlace(max(one.matches, 0) + max(other.matches, 0), one.candidate, one.is_rendered or other.is_rendered)
        if one and other
        else one or other
        for one, other in zip(first, second, strict=True)
    )


def names_example(text: str) -> str:
    """Return how a feed file gives a symbol to a text that cannot be one."""
    return f'symbol = {{ ..., names = {{ {_quoted(text)} = "..." }} }}'
