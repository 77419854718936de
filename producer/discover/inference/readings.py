"""The ways to read a text that may be more than one number, each with the keys that choose it. No I/O."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tickql.producer.discover.inference.notation import FORMATS, is_blank
from tickql.producer.discover.page.outline import Node, Outline, Spot
from tickql.producer.errors import UnparsedPrice
from tickql.producer.feedfile.toml_strings import quoted
from tickql.producer.prices.fractions import FractionNotation
from tickql.producer.prices.parse_options import ParseOptions, Raised, TextPattern
from tickql.producer.prices.price_format import PriceFormat
from tickql.producer.prices.price_parser import Parser, price_parser
from tickql.producer.prices.seen_text import Gap, decode, is_plain, plain_words

# A page with more kinds of doubtful texts is not settled by questions.
_MAX_CHOICES = 12
_NUMBER = re.compile(r"[0-9](?:[0-9.,']*[0-9])?")
_OTHER = "[0-9.,']+"
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
_COUNT_WORDS = {2: "two", 3: "three", 4: "four"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text."""

    format: str
    keys: tuple[tuple[str, str], ...]
    """The keys that the feed file needs beside the format, such as `("raised", "cents")`."""
    gives: str
    """The price of the text that is shown for the choice."""

    def settings(self, rule_format: str | None) -> tuple[tuple[str, str], ...]:
        """Return the keys of a price in a rule with this format."""
        return self.keys if self.format == rule_format else (("format", self.format), *self.keys)


@dataclass(frozen=True, slots=True)
class Choice:
    """A text that can be read in several ways. Nothing on the page tells which is meant."""

    name: str
    """What the page calls the price, or the symbols that show it."""
    shown: str
    """The text in words."""
    readings: tuple[Reading, ...]

    @property
    def question(self) -> str:
        """What can be read in how many ways."""
        number = len(self.readings)
        return f"{self.name!r:.60} shows {self.shown}, which can be read in {_COUNT_WORDS.get(number, number)} ways"

    @property
    def answers(self) -> tuple[str, ...]:
        """Each way: its keys, and the price that they give."""
        is_format = len({each.format for each in self.readings}) > 1
        common = None if is_format else self.readings[0].format
        return tuple(f"{keys_text(each.settings(common))} gives {each.gives}" for each in self.readings)

    @property
    def line(self) -> str:
        """The question and all answers."""
        return f"{self.question}: {', '.join(self.answers)}"


def keys_text(settings: Sequence[tuple[str, str]]) -> str:
    """Return keys as they stand in a feed file."""
    return ", ".join(f"{key} = {quoted(value)}" for key, value in settings)


def format_choice(names: Sequence[str], example: str, formats: Sequence[str]) -> Choice:
    """Return the choice between formats that read a text differently."""
    found = ((each, _price(PriceFormat.from_text(each), example)) for each in formats)
    readings = tuple(Reading(name, (), price or "nothing") for name, price in found)
    return Choice(", ".join(names[:5]), _words(example), readings)


def settled_outline(
    outline: Outline, doubtful: Mapping[str, Sequence[Node]], given_format: str | None
) -> tuple[Outline, dict[int, Choice]]:
    """Return the outline with doubtful texts read in their first way, and by spot the choice that this leaves open.

    `doubtful`: the elements with such texts, by what the page calls them. Those with one reading or none stay.
    """
    by_node = {spot.node: spot for spot in outline.spots if spot.read == "text"}
    choices: dict[int, Choice] = {}
    settled: dict[Spot, Spot] = {}
    for name, nodes in [*doubtful.items()][:_MAX_CHOICES]:
        spots = list(dict.fromkeys(by_node[node] for node in nodes if node in by_node))
        ways = _ways([text for spot in spots for text in spot.texts], given_format)
        if len(ways) < 2:
            continue
        example = spots[0].newest
        choice = Choice(name, _words(example), tuple(_reading(each, example) for each in ways))
        choices |= {spot.id: choice for spot in spots}
        settled |= {spot: replace(spot, texts=_settled(spot, ways[0]), is_settled=True) for spot in spots}
    whole = {spot.node for spot in settled}
    kept = [spot for spot in outline.spots if whole.isdisjoint(spot.node.ancestors()) and _is_own(spot, whole)]
    return replace(outline, spots=tuple(settled.get(spot, spot) for spot in kept)), choices


def _is_own(spot: Spot, whole: set[Node]) -> bool:
    return spot.read == "text" or spot.node not in whole


@dataclass(frozen=True)
class _Way:
    format: str
    keys: tuple[tuple[str, str], ...]
    parser: Parser


def _ways(texts: Sequence[str], given_format: str | None) -> list[_Way]:
    """Return the ways that read all texts, one for each result."""
    wanted = [text for text in texts if not is_blank(text)]
    found: dict[tuple[str | None, ...], _Way] = {}
    for way in _candidates(wanted, given_format) if wanted else ():
        prices = tuple(_price(way.parser, text) for text in wanted)
        if None not in prices:
            found.setdefault(prices, way)
    return list(found.values())


def _candidates(texts: Sequence[str], given_format: str | None) -> Iterator[_Way]:
    options = list(_options(texts))
    for name in FORMATS if given_format is None else (given_format,):
        price_format = PriceFormat.from_text(name)
        for keys, each in options:
            # Of the fractions only the most common: the others would be a guess among guesses.
            is_fraction = isinstance(price_format.notation, FractionNotation)
            if is_fraction == (each.raised is Raised.FRACTION) and (not is_fraction or name in ("32", given_format)):
                yield _Way(name, keys, price_parser(price_format, each))


def _options(texts: Sequence[str]) -> Iterator[tuple[tuple[tuple[str, str], ...], ParseOptions]]:
    """Yield the keys that may settle these texts."""
    in_pieces = [text for text in texts if not is_plain(text)]
    has_decimals = all(re.search(r"[0-9][.,][0-9]", text) for text in in_pieces)
    for raised in (Raised.CENTS, Raised.FRACTION, Raised.DIGITS, Raised.FOOTNOTE):
        if raised is not Raised.DIGITS or has_decimals:
            yield (("raised", raised.value),), ParseOptions(raised=raised)
    yield (("zeros", "subscript"),), ParseOptions(zeros=True)
    for pattern in _patterns(_joined(texts[-1])):
        yield (("match", pattern),), ParseOptions(match=TextPattern.from_text(pattern))


def _patterns(text: str) -> list[str]:
    """Return the patterns that pick the first and the second of two numbers; empty: there are more or fewer."""
    numbers = list(_NUMBER.finditer(text))
    if len(numbers) != 2:
        return []
    first, second = numbers
    between, behind = text[first.end() : second.start()], text[second.end() :]
    escaped = [_SPECIAL.sub(r"\\\g<0>", each) for each in (between, behind)]
    return [f"(.+){escaped[0]}{_OTHER}{escaped[1]}", f".+{escaped[0]}(.+)"] if between else []


def _joined(text: str) -> str:
    """Return a text as `match` sees it."""
    try:
        pieces = decode(text)
    except UnparsedPrice:
        return ""
    return " ".join("".join(f"{' ' * (each.gap is not Gap.TOUCHING)}{each.text}" for each in pieces).split())


def _reading(way: _Way, example: str) -> Reading:
    return Reading(way.format, way.keys, _price(way.parser, example) or "nothing")


def _settled(spot: Spot, way: _Way) -> tuple[str, ...]:
    """Return the texts of a spot as the page would write the prices in one piece."""
    texts = ((text, _price(way.parser, text)) for text in spot.texts)
    is_comma = ",5" in way.format
    return tuple(text if price is None else price.replace(".", ",") if is_comma else price for text, price in texts)


def _words(text: str) -> str:
    return repr(text) if is_plain(text) else plain_words(text)


def _price(parser: Parser, text: str) -> str | None:
    try:
        return parser.parse(text)
    except UnparsedPrice:
        return None
