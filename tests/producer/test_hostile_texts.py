"""No text of a page, whatever it repeats, holds the producer up: each way in, with a megabyte of each hostile shape."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from tests.support.cpu_deadline import cpu_deadline
from tickql.producer.browser.load_errors import describe_load_error, obstacle, without_secrets
from tickql.producer.browser.robots import allows
from tickql.producer.errors import ProducerError, UnparsedPrice
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.framing import Framing, NamedFraming
from tickql.producer.feedfile.wildcard import Wildcard
from tickql.producer.health.challenges import challenge, challenging_title
from tickql.producer.prices.hints import hint
from tickql.producer.prices.page_text import MAX_CHARACTERS
from tickql.producer.prices.parse_options import NO_OPTIONS, ParseOptions, Raised
from tickql.producer.prices.price_format import PriceFormat
from tickql.producer.prices.price_parser import price_parser
from tickql.producer.quotes.symbol_texts import SymbolTexts
from tickql.producer.streams.framings.detection import advice_for, framing_of
from tickql.producer.streams.line_parsers import NdjsonParser, SseParser
from tickql.producer.streams.message_decoder import MessageDecoder

CPU_S = 0.5
"""What one text may take for each 100,000 characters. Most take a millisecond; what runs away takes many seconds."""
UNITS = (
    "1", " ", "a", "A", "-", "+", ".", ",", "'", "(", "[", "{", '"', "<", "/", "\\", "\n", "\r\n", "=", ":", "*", "%",
    "$", "\0", "\x1e", "1.", "1,", "1 ", "a ", "a1", "1(", "()", "{}", "[]", '{"', '["', "1/2 ", "10 ", "e1", "1e",
    "\u25b2", "\u200f1", "\u00b9", "\u2081", "0\u2081", "\u00bd", "\u00e9", "\U0001f600", "<title>", "<title ",
    "http://", "http://\u00e9", "wss://a/", "net::ERR_", "\n- ", "~m~", "~m~1~m~", "4[", "1:", "1:4", "4\x1e", 'a["',
    "MESSAGE\n", "MESSAGE\n\n\0", "a:b\n", "data:\n", "data: a\n\n", "\xff",
)  # fmt: skip
TAILS = ("!",)
FORMATS = ("1,234.56", "1.234,56", "1 234,56", "1'234.56", "1,23,456.78", "1.2M", "32", "32+", "64", "1/2")


def shapes(size: int) -> list[str]:
    return [(unit * size)[:size] + tail for unit in UNITS for tail in TAILS]


CELLS = [*shapes(MAX_CHARACTERS - 2), *(first * 120 + second * 120 for first in "1a.,( '" for second in "1a.,( '")]
SYMBOLS = FeedFile.parse(
    '[page]\nurl = "http://localhost"\n[[table]]\nrows = "tr"\nsymbol = "td"\nlast = "b"', Path("feed.toml")
)
OPTIONS = (
    ParseOptions(exponent=True, brackets=True, zeros=True, raised=Raised.FOOTNOTE),
    ParseOptions(raised=Raised.EXPONENT),
    ParseOptions(decimals=2),
)
STREAM_URL = Wildcard("wss://*/a*a*a*a*b?*=*&*=z")


def read(framing: str | None, prefix: str | None = None) -> Callable[[str], object]:
    decoder = MessageDecoder(Framing(framing, prefix))
    return lambda text: [*decoder.parts(text), *decoder.parts(text.encode())]


WAYS: dict[str, Callable[[str], object]] = {
    "title": challenging_title,
    "challenge": lambda text: challenge(403, {}, text),
    "robots.txt": lambda text: allows(
        f"User-agent: *\nDisallow: /{text[:500_000]}", "https://example.test/" + "a" * 1000
    ),
    "load error": lambda text: describe_load_error(Exception(text)),
    "address": without_secrets,
    "obstacle": lambda text: obstacle(Exception(text)),
    "stream address": lambda text: STREAM_URL.matches(f"wss://{text}"),
    "symbol": lambda text: SymbolTexts(SYMBOLS).read(0, text),
    "event stream": lambda text: SseParser().feed(text.encode()),
    "ndjson": lambda text: NdjsonParser().feed(text.encode()),
    "framing": lambda text: (framing_of(text), framing_of(text.encode()), advice_for(text)),
    "plain message": read(None),
    "length heads": read("~m~{length}~m~"),
    "prefix": read(None, "4{number}a{number}["),
    **{name: read(name) for name in NamedFraming},
}


@cache
def large(size: int) -> list[str]:
    return shapes(size)


@pytest.mark.parametrize("size", [100_000, pytest.param(1_000_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("way", WAYS)
def test_a_large_text_takes_time_in_proportion_to_its_size(way: str, size: int) -> None:
    for text in large(size):
        with cpu_deadline(CPU_S * size / 100_000), suppress(ProducerError, ValueError):
            WAYS[way](text)


@pytest.mark.parametrize("written", [FORMATS[0], *(pytest.param(each, marks=pytest.mark.long) for each in FORMATS[1:])])
def test_a_price_cell_of_any_content_is_read_or_refused_at_once(written: str) -> None:
    parsers = [price_parser(PriceFormat.from_text(written), options) for options in (NO_OPTIONS, *OPTIONS)]
    for text in [*CELLS, *large(100_000)]:
        for parser in parsers:
            with cpu_deadline(CPU_S), suppress(UnparsedPrice):
                parser.parse(text)


def test_the_hint_for_a_text_that_is_no_price_is_found_at_once() -> None:
    for text in CELLS:
        with cpu_deadline(CPU_S):
            hint(text)


def test_a_robots_txt_of_many_names_and_many_rules_is_read_at_once() -> None:
    names = "".join(f"User-agent: robot{number}\n" for number in range(25_000))
    with cpu_deadline(2 * CPU_S):
        assert allows(names + "Disallow: /a*a*a*a*b$\n" * 2_000, "https://example.test/" + "a" * 1000)
