"""`[[stream]]` in a feed file, and the messages for mistakes in it."""

import pytest

from tickql.producer.errors import FeedFileError
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.stream_rules import StreamRule

PAGE = '[page]\nurl = "https://example.test/board"\n[[stream]]\n'
RULE = 'from = "websocket"\nurl = "*/quotes*"\nsymbol = "s"\nlast = "p"\n'


def rule(text: str) -> StreamRule:
    (found,) = FeedFile.parse(PAGE + text).rules
    assert isinstance(found, StreamRule)
    return found


@pytest.mark.parametrize(
    ("pattern", "url", "hears"),
    [
        ("*/quotes*", "wss://example.test/v1/quotes?x=1", True),
        ("*/quotes", "wss://example.test/v1/quotes?x=1", False),
        ("wss://example.test/quotes?x=1", "wss://example.test/quotes?x=1", True),
        ("wss://example.test/quotes?x=1", "wss://example.test/quotesx=1", False),
        ("*.test/*", "wss://example-test/quotes", False),
        ("*[a]*", "wss://example.test/[a]", True),
        ("*", "wss://example.test/", True),
    ],
)
def test_a_star_is_the_only_wildcard_of_an_address(pattern: str, url: str, hears: bool) -> None:
    assert rule(RULE.replace("*/quotes*", pattern)).matches_url(url) is hears


def test_a_feed_file_names_its_symbols() -> None:
    named = '{ pick = "id", names = { 1 = "ES", 2 = "NQ", 3 = "ES" } }'
    assert FeedFile.parse(PAGE + RULE.replace('"s"', named)).named_symbols == ("ES", "NQ")
    assert FeedFile.parse(PAGE + RULE.replace('"s"', '{ name = "ES" }')).named_symbols == ("ES",)


def test_the_configuration_of_the_observer_leaves_out_streams() -> None:
    feed = FeedFile.parse(PAGE + RULE + '[[symbol]]\nname = "NQ"\nlast = "b"\n')
    assert [source["kind"] for source in feed.observed()["rules"]] == ["symbol"]
    assert feed.rule_name(1) == "[[stream]] #1"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (RULE.replace('last = "p"', 'last = "p["'), "[[stream]] #1, last.pick: 'p[' is not a JMESPath: "),
        (
            RULE + 'each = "nosuch(data)"',
            "[[stream]] #1, each: 'nosuch(data)' is not a JMESPath: there is no function nosuch()",
        ),
        (RULE + "where = 5", "[[stream]] #1, where: 5 is not a JMESPath in quotes"),
        (RULE.replace('symbol = "s"', 'symbol = "s]"'), "[[stream]] #1, symbol.pick: 's]' is not a JMESPath: "),
        (RULE.replace("websocket", "pigeon"), "'pigeon' should be 'websocket', 'sse', 'ndjson' or 'json'"),
        (RULE.replace('last = "p"\n', ""), "no price to read: give at least one of ask, bid and last"),
        (RULE.replace('symbol = "s"', 'symbol = { name = "E S" }'), "symbol 'E S' is not 1 to 32 letters"),
        (RULE.replace('symbol = "s"', 'symbol = { names = { 1 = "ES" } }'), "write either a JMESPath"),
        (RULE.replace('symbol = "s"', 'symbol = { name = "ES", names = { 1 = "ES" } }'), "names need a pick"),
        (RULE.replace('symbol = "s"\n', ""), 'symbol is missing, for example symbol = "data.symbol"'),
        (RULE.replace('url = "*/quotes*"\n', ""), 'url is missing, for example url = "*/quotes*"'),
        (RULE.replace('from = "websocket"\n', ""), 'from is missing, for example from = "websocket"'),
        (RULE + 'event = "quote"', "event belongs to from = \"sse\", not to 'websocket'"),
        (RULE + "max_silence = 0", "max_silence: 0 should be greater than 0"),
        (RULE + 'framing = "socketio"', "'socketio' is no framing, did you mean 'socket.io'? There are json, lines, "),
        (RULE + 'framing = "{length}"', "'{length}' is no length head such as \"~m~{length}~m~\""),
        (RULE + 'framing = "{length}:{length}:"', "is no length head"),
        (
            RULE + 'framing = "stomp"\nprefix = "a"',
            "framing = 'stomp' reads all heads of its messages: leave out prefix",
        ),
        (
            RULE + 'prefix = "a{number}{number}"',
            "prefix 'a{number}{number}' has two numbers in a row: write {number} once",
        ),
        (RULE + 'prefix = "{number}5:"', "has two numbers in a row"),
        (RULE + 'each = "prse(data)"', "there is no function prse(), did you mean parse()?"),
        (RULE + 'pick = "x"', "unknown key 'pick'"),
        (RULE + "maxsilence = 5", "unknown key 'maxsilence': did you mean 'max_silence'?"),
        (RULE.replace('"p"', '{ pick = "p", format = "1.234" }'), "can be read in two ways"),
        (
            RULE + '[[symbol]]\nname = "s"\nlast = "p"\n[[stream]]\n' + RULE.replace('"s"', '{ name = "s" }'),
            'symbol "s" is given 2 times',
        ),
    ],
)
def test_a_mistake_is_one_line_with_its_place_and_what_would_be_right(text: str, fault: str) -> None:
    with pytest.raises(FeedFileError) as raised:
        FeedFile.parse(PAGE + text)
    assert fault in str(raised.value)
    assert "\n" not in str(raised.value)


def test_single_brackets_are_explained() -> None:
    with pytest.raises(FeedFileError, match=r"\[stream\] is a list of rules: write \[\[stream\]\]"):
        FeedFile.parse(PAGE.replace("[[stream]]", "[stream]") + RULE)


def test_each_rule_for_what_the_page_shows_may_be_polled() -> None:
    rule = '[[symbol]]\nname = "{}"\nlast = "b"\n'
    feed = FeedFile.parse(f'page.url = "http://localhost"\n{rule.format("ES")}poll = true\n{rule.format("NQ")}')
    assert ["poll" in source for source in feed.observed()["rules"]] == [True, False]
