"""Rules inferred from recorded outlines of the fixture pages, and their feed files."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.producer.discover.outlines import outline
from tests.producer.discover.pages import PAGES
from tickql.producer.capture.observer_config import observer_config
from tickql.producer.discover.inference.diagnosis import diagnose
from tickql.producer.discover.inference.findings import Findings
from tickql.producer.discover.inference.page_prices import find_prices
from tickql.producer.discover.writing.feed_file_text import feed_file
from tickql.producer.feedfile.feed_file import FeedFile


def found(name: str) -> Findings:
    return find_prices(outline(name))


def written(name: str) -> str:
    return feed_file(found(name))


@pytest.mark.parametrize("name", PAGES)
def test_every_price_is_found_and_nothing_else(name: str) -> None:
    rows = {(symbol, each.name) for _, symbol, each, _ in found(name).rows()}
    assert rows == PAGES[name].wanted()


@pytest.mark.parametrize("name", PAGES)
def test_the_feed_file_is_valid(name: str) -> None:
    feed = FeedFile.parse(written(name))
    assert observer_config(feed)["rules"]


@pytest.mark.parametrize("name", PAGES)
def test_the_format_reads_the_samples_as_the_page_means_them(name: str) -> None:
    feed = FeedFile.parse(written(name))
    for _, _, each, spot in found(name).rows():
        for text in spot.texts:
            assert Decimal(feed.rules[0].price_format(each.name).parse(text) or "") == PAGES[name].price(text)


@pytest.mark.parametrize(
    ("name", "kind", "lines"),
    [
        ("table", "table", ['rows = "#rows tr"', 'symbol = { header = "Contract" }', 'ask = { header = "Offer" }']),
        ("cards", "table", ['symbol = "h3"', "ask = 'text=\"Buy\" >> xpath=../*[2]'"]),
        ("boxes", "labelled", ['box = ".info-column"', 'labels = { ask = "ASK", bid = "BID", last = "LAST" }']),
        ("split", "table", ['symbol = { attribute = "data-pair" }', 'bid = ".bid"']),
        ("german", "table", ['symbol = { header = "WKN" }', 'format = "1.234,56"']),
        ("names", "table", ['names = { "Air Liquide" = "Air-Liquide"', 'bid = { header = "Achat" }']),
        ("hashed", "table", ['rows = "#root > div:not(:first-child)"', 'bid = ":scope > div:nth-child(2)"']),
        ("inputs", "symbol", ['name = "CLF7"', 'ask = { selector = "#ask", read = "value" }']),
        ("labelled-by-name", "table", ['read = "aria"', 'read = "css:::before"']),
        ("delta", "table", ['symbol = ".ticker"', 'last = ".price > span"']),
        ("remount", "table", ['rows = "tr:not(:first-child)"', 'format = "32"']),
        ("shadow", "table", ['rows = "quote-tile[data-ticker]"', "ask = '[part=\"ask\"]'"]),
    ],
)
def test_the_rule_is_of_the_kind_that_fits(name: str, kind: str, lines: list[str]) -> None:
    text = written(name)
    assert {rule.kind for rule in found(name).rules} == {kind}
    assert [line for line in lines if line not in text] == [], text


def test_an_ambiguous_format_is_left_to_the_user() -> None:
    text = written("ambiguous")
    assert "AMBIGUOUS" in text
    assert re.search(r'format = "1,234\.56" gives (100)(24[56]), format = "1\.234,56" gives \1\.\2', text), text
    assert not [line for line in text.splitlines() if line.startswith(("ask", "bid", "[[symbol"))]
    assert found("ambiguous").usable == ()


def test_a_given_format_decides_an_ambiguous_one() -> None:
    feed = FeedFile.parse(feed_file(find_prices(outline("ambiguous"), "1.234,56")))
    assert feed.rules[0].price_format("ask").parse("100,246") == "100.246"


def test_a_table_that_did_not_change_gives_no_rule() -> None:
    seen = outline("table")
    for spot in seen.spots:
        spot.changes = 0
    assert find_prices(seen).rules == ()


def test_a_row_that_did_not_change_belongs_to_its_table() -> None:
    seen = outline("table")
    names = {node.text for node in seen.nodes}
    assert "YMZ6" in names
    for spot in seen.spots:
        if any(other.text == "YMZ6" for parent in spot.node.ancestors() for other in parent.children[:1]):
            spot.changes = 0
    assert "YMZ6" in find_prices(seen).rules[0].names


def test_text_of_the_page_cannot_leave_its_comment_or_its_string() -> None:
    findings = replace(found("cards"), title='x"\n[page]\nurl = "http://evil.test"\u2028', url="http://board.test/'\"")
    feed = FeedFile.parse(feed_file(findings))
    assert feed.page.url == "http://board.test/'\""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("clock", "only texts that are not prices changed"),
        ("login", "needs a login"),
        ("nothing", "no numbers, and nothing changed"),
    ],
)
def test_a_page_without_prices_is_explained_by_what_was_seen(name: str, words: str) -> None:
    seen = outline(name)
    assert find_prices(seen).rules == ()
    assert words in diagnose([seen], seen.url)
