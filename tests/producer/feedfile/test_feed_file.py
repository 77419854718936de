"""The feed file: its keys, and what the observer gets of it."""

import json
from pathlib import Path

import pytest

from tests.producer.feedfile.feed_file_texts import ES, HEADER, LABELLED, PAGE, TABLE
from tickql.demo import __file__ as demo_file
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_settings import Robots
from tickql.producer.prices.price_format import DEFAULT_FORMAT, PriceFormat


def test_a_price_may_have_to_stand_still_and_a_rule_may_say_so_for_all_its_prices() -> None:
    table = TABLE.replace('".ask"', '{ selector = ".ask", settle = 0.5 }') + 'bid = ".bid"\n'
    boxes = LABELLED + "settle = 2\n"
    one, two = FeedFile.parse(PAGE + table + boxes).observed()["rules"]
    assert one["settle"] == {"ask": 500}
    assert two["settle"] == {"ask": 2000, "bid": 2000, "last": 2000}
    (both,) = FeedFile.parse(PAGE + table + "settle = 0.25\n").observed()["rules"]
    assert both["settle"] == {"ask": 500, "bid": 250}


def test_a_table_names_the_headers_of_its_columns() -> None:
    (table,) = FeedFile.parse(PAGE + HEADER.replace('"td.symbol"', '{ header = "Name" }')).observed()["rules"]
    assert table["fields"]["ask"] == [{"selector": None, "read": "text", "header": "Ask"}]
    assert table["symbol"] == {"selector": None, "read": "text", "header": "Name"}


def test_a_feed_file_needs_only_a_page_and_one_symbol() -> None:
    feed = FeedFile.parse(PAGE + ES, Path("folder/my.toml"))
    assert feed.name == "my"
    assert feed.named_symbols == ("ES",)
    assert feed.observed() == {
        "sample_ms": 10.0,
        "rules": [
            {
                "rule": 0,
                "kind": "symbol",
                "symbol": "ES",
                "fields": {"ask": [{"selector": "#es .ask", "read": "text"}]},
            }
        ],
    }


def test_the_page_is_opened_as_browsers_do_unless_the_file_has_other_settings() -> None:
    page = FeedFile.parse(PAGE + ES).page
    assert (page.sample_s, page.headless, page.robots) == (0.01, True, Robots.WARN)
    assert (page.locale, page.user_agent, page.storage_state, page.recycle_after_s) == (None, None, None, None)


def test_every_key_of_the_page_is_understood(tmp_path: Path) -> None:
    (tmp_path / "login.json").write_text("{}")
    (tmp_path / "my.toml").write_text(
        PAGE + 'sample = 0.05\nlocale = "de-DE"\nuser_agent = "x/1"\nheadless = false\nrobots = "obey"\n'
        'recycle_after = 3600\nstorage_state = "login.json"\nviewport = { width = 800, height = 4000 }\n' + ES
    )
    page = FeedFile.load(tmp_path / "my.toml").page
    assert (page.sample_s, page.locale, page.user_agent, page.headless) == (0.05, "de-DE", "x/1", False)
    assert (page.robots, page.recycle_after_s, page.storage_state) == (Robots.OBEY, 3600, tmp_path / "login.json")
    assert (page.viewport.width, page.viewport.height) == (800, 4000)


def test_candidates_keep_their_order_and_share_what_is_read() -> None:
    feed = FeedFile.parse(
        PAGE
        + '[[symbol]]\nname = "ES"\nask = ["#a", "#b"]\nbid = { selector = ["#c", "#d"], read = "attr:data-bid" }\n'
    )
    assert feed.observed()["rules"][0]["fields"] == {
        "ask": [{"selector": "#a", "read": "text"}, {"selector": "#b", "read": "text"}],
        "bid": [{"selector": "#c", "read": "attr:data-bid"}, {"selector": "#d", "read": "attr:data-bid"}],
    }


@pytest.mark.parametrize("read", ["text", "value", "aria", "attr:data-x", "css:::before", "css:::after"])
def test_a_price_is_read_from_what_the_file_names(read: str) -> None:
    feed = FeedFile.parse(PAGE + f'[[symbol]]\nname = "ES"\nask = {{ selector = "#a", read = "{read}" }}\n')
    assert feed.observed()["rules"][0]["fields"]["ask"] == [{"selector": "#a", "read": read}]


def test_a_table_reads_symbol_and_prices_from_the_row_or_below_it() -> None:
    row = '[[table]]\nrows = "tr"\nsymbol = { attribute = "row-id" }\nask = { read = "attr:data-ask" }\n'
    cell = '[[table]]\nrows = "li"\nsymbol = { selector = "a", attribute = "title" }\nbid = ".bid"\n'
    assert FeedFile.parse(PAGE + row + cell + TABLE).observed()["rules"] == [
        {
            "rule": 0,
            "kind": "table",
            "rows": "tr",
            "symbol": {"selector": None, "read": "attr:row-id"},
            "fields": {"ask": [{"selector": None, "read": "attr:data-ask"}]},
        },
        {
            "rule": 1,
            "kind": "table",
            "rows": "li",
            "symbol": {"selector": "a", "read": "attr:title"},
            "fields": {"bid": [{"selector": ".bid", "read": "text"}]},
        },
        {
            "rule": 2,
            "kind": "table",
            "rows": "tbody tr",
            "symbol": {"selector": "td.symbol", "read": "text"},
            "fields": {"ask": [{"selector": ".ask", "read": "text"}]},
        },
    ]


def test_labelled_boxes_read_each_price_beside_its_label() -> None:
    feed = FeedFile.parse(PAGE + LABELLED)
    assert feed.observed()["rules"] == [
        {
            "rule": 0,
            "kind": "labelled",
            "box": ".info-column",
            "label": "small.text-muted",
            "value": [{"selector": ".number", "read": "text"}],
            "labels": {"ask": ["ASK"], "bid": ["BID"], "last": ["LAST"]},
            "symbol": {"name": "NQ"},
        }
    ]
    assert feed.named_symbols == ("NQ",)
    assert list(feed.rules[0].fields) == ["ask", "bid", "last"]


def test_a_label_may_have_several_texts_and_a_box_may_show_its_symbol() -> None:
    text = LABELLED.replace('"ASK"', '["Ask", "Offer"]').replace('symbol = "NQ"', 'symbol = { attribute = "data-id" }')
    feed = FeedFile.parse(PAGE + text)
    (source,) = feed.observed()["rules"]
    assert source["labels"]["ask"] == ["Ask", "Offer"]
    assert source["symbol"] == {"selector": None, "read": "attr:data-id"}
    assert feed.named_symbols == ()


def test_rules_are_counted_symbols_first_then_tables_then_labelled() -> None:
    feed = FeedFile.parse(PAGE + LABELLED + TABLE + ES + TABLE)
    assert [feed.rule_name(index) for index in range(4)] == [
        'symbol "ES"',
        "[[table]] #1",
        "[[table]] #2",
        "[[labelled]] #1",
    ]
    assert json.loads(json.dumps(feed.observed())) == feed.observed()


def test_a_field_has_its_own_format_else_the_rules_else_the_default() -> None:
    feed = FeedFile.parse(
        PAGE + TABLE + 'bid = { selector = ".bid", format = "1.234,56" }\nformat = "32"\n' + TABLE.replace(".ask", ".x")
    )
    assert feed.rules[0].price_format("ask") == PriceFormat.from_text("32")
    assert feed.rules[0].price_format("bid") == PriceFormat.from_text("1.234,56")
    assert feed.rules[1].price_format("ask") == DEFAULT_FORMAT


@pytest.mark.parametrize("written", ["32", "32.5", "1234.56"])
def test_a_format_that_is_a_number_needs_no_quotes(written: str) -> None:
    feed = FeedFile.parse(PAGE + TABLE + f"format = {written}\n")
    assert feed.rules[0].price_format("ask") == PriceFormat.from_text(written)


def test_the_sanity_checks_of_a_field_are_exact_decimals() -> None:
    field = FeedFile.parse(
        PAGE + '[[symbol]]\nname = "ES"\n'
        'ask = { selector = "#a", min = 0.1, max = 9000, max_jump = "2%", tick_size = 0.1, hold = true }\n'
    ).rules[0].fields["ask"]  # fmt: skip
    assert field.hold
    assert field.violation("0.3", None) is None
    assert field.violation("0.05", None) == "0.05 is below min 0.1"


def test_the_feed_file_of_the_demo_reads_32nds_and_decimals() -> None:
    feed = FeedFile.load(Path(demo_file).parent / "feed.toml")
    assert feed.page.url == "http://127.0.0.1:8081/"
    assert {feed.rule_name(index): rule.price_format("ask").name for index, rule in enumerate(feed.rules)} == {
        'symbol "ZN"': "32",
        "[[table]] #1": "1,234.56",
    }
