"""The feed file: its keys, what the observer gets of it, and one clear line for every mistake."""

import json
from pathlib import Path

import pytest

from tickql.demo import __file__ as demo_file
from tickql.producer.errors import FeedFileError
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.page_settings import Robots
from tickql.producer.prices.price_format import DEFAULT_FORMAT, PriceFormat

PAGE = '[page]\nurl = "https://example.test/board"\n'
ES = '[[symbol]]\nname = "ES"\nask = "#es .ask"\n'
TABLE = '[[table]]\nrows = "tbody tr"\nsymbol = "td.symbol"\nask = ".ask"\n'
LABELLED = (
    '[[labelled]]\nbox = ".info-column"\nlabel = "small.text-muted"\nvalue = ".number"\n'
    'labels = { ask = "ASK", bid = "BID", last = "LAST" }\nsymbol = "NQ"\n'
)


def _refusal(text: str) -> str:
    with pytest.raises(FeedFileError) as refused:
        FeedFile.parse(text, Path("my.toml"))
    line = str(refused.value)
    assert "\n" not in line
    assert line.startswith("my.toml: ")
    return line.removeprefix("my.toml: ")


def test_a_price_may_have_to_stand_still_and_a_rule_may_say_so_for_all_its_prices() -> None:
    table = TABLE.replace('".ask"', '{ selector = ".ask", settle = 0.5 }') + 'bid = ".bid"\n'
    boxes = LABELLED + "settle = 2\n"
    one, two = FeedFile.parse(PAGE + table + boxes).observed()["rules"]
    assert one["settle"] == {"ask": 500}
    assert two["settle"] == {"ask": 2000, "bid": 2000, "last": 2000}
    (both,) = FeedFile.parse(PAGE + table + "settle = 0.25\n").observed()["rules"]
    assert both["settle"] == {"ask": 500, "bid": 250}


HEADER = TABLE.replace('ask = ".ask"', 'ask = { header = "Ask" }')
WITH_HEADER = '{ header = "Bid" }'


def test_a_table_names_the_headers_of_its_columns() -> None:
    (table,) = FeedFile.parse(PAGE + HEADER.replace('"td.symbol"', '{ header = "Name" }')).observed()["rules"]
    assert table["fields"]["ask"] == [{"selector": None, "read": "text", "header": "Ask"}]
    assert table["symbol"] == {"selector": None, "read": "text", "header": "Name"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (ES.replace('"#es .ask"', WITH_HEADER), "ask: header is for the prices of a [[table]]: write a selector"),
        (LABELLED.replace('".number"', WITH_HEADER), "value: header is for the prices of a [[table]]"),
        (LABELLED.replace('"NQ"', WITH_HEADER), "header is for the rows of a [[table]]"),
        (HEADER.replace('"Ask"', '" "'), "an empty header"),
        (HEADER.replace('"Ask"', f'"{"a" * 201}"'), "a header of 201 characters: at most 200 are read"),
        (HEADER.replace('"Ask"', '"Ask", whole = ".w", fraction = ".f"'), "header and whole contradict each other"),
        (HEADER.replace('"Ask"', '"Ask", read = "title"'), 'header and read = "title" contradict each other'),
        (TABLE.replace('"td.symbol"', '{ selector = "td", header = "Name" }'), "selector and header contradict"),
    ],
)
def test_a_header_where_it_cannot_be_is_refused(text: str, line: str) -> None:
    assert line in _refusal(PAGE + text)


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


REFUSED = [
    ("", 'page is missing, for example [page] with url = "https://example.test/board"'),
    (PAGE, "no prices: add a [[symbol]], a [[table]], a [[labelled]] or a [[stream]]"),
    ("[page]\n" + ES, '[page]: url is missing, for example url = "https://example.test/board"'),
    ('[page]\nurl = "board"\n' + ES, "[page]: url 'board' is not the address of a page, such as"),
    ("[page]\nurl = \"http://x:1o\"\n" + ES, "[page]: url 'http://x:1o' is not the address of a page, such as"),
    ('[page]\nurl = "ftp://x.test"\n' + ES, "[page]: url 'ftp://x.test' is not the address"),
    (PAGE + "samples = 1\n" + ES, "[page]: unknown key 'samples': did you mean 'sample'?"),
    (PAGE + "zzz = 1\n" + ES, "[page]: unknown key 'zzz': known keys: url, sample, viewport,"),
    (PAGE + "sample = 0\n" + ES, "[page], sample: 0 should be greater than or equal to 0.001"),
    (PAGE + 'robots = "no"\n' + ES, "[page], robots: 'no' should be 'warn', 'obey' or 'ignore'"),
    (PAGE + "viewport = { widht = 3 }\n" + ES, "[page], viewport: unknown key 'widht': did you mean 'width'?"),
    (PAGE + 'locale = "deutsch!"\n' + ES, "[page], locale: 'deutsch!' is not a valid locale, for example"),
    (PAGE + ES + "[[tabel]]\n", "unknown key 'tabel': did you mean 'table'?"),
    (PAGE + ES.replace("[[symbol]]", "[symbol]"), "[symbol] is a list of rules: write [[symbol]]"),
    (PAGE + "symbol = 5\n", "[page]: unknown key 'symbol'"),
    ("symbol = 5\n" + PAGE, "symbol: 5 should be a list"),
    (PAGE + ES.replace("ask", "aks"), "symbol \"ES\": unknown key 'aks': did you mean 'ask'?"),
    (PAGE + ES + ES, 'ask of symbol "ES" is given 2 times: keep one of them'),
    (PAGE + ES + LABELLED.replace("NQ", "ES"), 'of symbol "ES" is given 2 times: keep one of them'),
    (PAGE + '[[symbol]]\nname = "ES"\n', 'symbol "ES": no price to read: give at least one of ask, bid and last'),
    (PAGE + '[[symbol]]\nask = "#a"\n', '[[symbol]] #1: name is missing, for example name = "ES"'),
    (PAGE + ES + '[[symbol]]\nname = 5\nask = "#a"\n', "[[symbol]] #2, name: 5 should be a text in quotes"),
    (PAGE + '[[symbol]]\nname = "E S"\nask = "#a"\n', "symbol \"E S\", name: symbol 'E S' is not 1 to 32 letters"),
    (PAGE + '[[symbol]]\nname = "a\\nb"\nask = "#a"\n', "[[symbol]] #1, name: symbol 'a\\nb' is not 1 to 32 letters"),
    (PAGE + ES.replace('"#es .ask"', "5"), 'symbol "ES", ask: 5 is not a selector, a list of selectors or { selector'),
    (PAGE + ES.replace('"#es .ask"', '" "'), 'symbol "ES", ask.selector: an empty selector: write one such as'),
    (PAGE + ES.replace('"#es .ask"', "[]"), 'symbol "ES", ask.selector: [] is empty: give at least one'),
    (PAGE + ES.replace("#es .ask", "a" * 1001), 'symbol "ES", ask.selector: a selector of 1001 characters'),
    (PAGE + ES.replace('"#es .ask"', '{ read = "text" }'), 'symbol "ES": ask: selector is missing'),
    (PAGE + ES.replace('"#es .ask"', '{ selector = "a", red = "text" }'), "unknown key 'red': did you mean 'read'?"),
    (
        PAGE + ES.replace('"#es .ask"', '{ selector = "a", read = "html" }'),
        "read 'html' is not text, texts, attr:NAME, value",
    ),
    (PAGE + ES.replace('"#es .ask"', '{ selector = "a", format = "1.234" }'), "format '1.234' can be read in two ways"),
    (PAGE + ES.replace('"#es .ask"', '{ selector = "a", format = true }'), "format 'True' is not an example"),
    (PAGE + ES + 'format = "32nds"\n', "symbol \"ES\": format '32nds' is not an example such as 1,234.56"),
    (PAGE + ES.replace('"#es .ask"', '{ selector = "a", min = 3, max = 2 }'), "min 3 is above max 2"),
    (PAGE + ES.replace('"#es .ask"', '{ selector = "a", max_jump = "x" }'), "max_jump 'x' is not a positive number"),
    (PAGE + '[[table]]\nsymbol = "a"\nask = "b"\n', '[[table]] #1: rows is missing, for example rows = "table.quotes'),
    (PAGE + TABLE + TABLE.replace('"td.symbol"', "{}"), "[[table]] #2, symbol: no place for the symbol"),
    (PAGE + TABLE.replace("ask", "symbols"), "[[table]] #1: unknown key 'symbols': did you mean 'symbol'?"),
    (PAGE + LABELLED.replace("ask =", "asc ="), "[[labelled]] #1, labels.asc: 'asc' should be 'ask', 'bid' or 'last'"),
    (PAGE + LABELLED.replace('symbol = "NQ"', "symbol = {}"), '#1, symbol: write either a symbol such as "ES"'),
    (PAGE + '[[symbol]]\nname = "ES"\nask = "#a"\nbid = 1\nlast = 2\n', "(and 1 more)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), REFUSED)
def test_a_mistake_is_one_line_with_its_place_and_what_would_be_right(text: str, line: str) -> None:
    assert line in _refusal(text)


def test_a_mistake_of_syntax_names_its_line() -> None:
    assert _refusal('[page]\nurl = "x\n') == "not TOML: illegal character '\\n' (at line 2, column 9)"
    assert _refusal("a = " + "[" * 5000) == "not TOML: maximum recursion depth exceeded"


def test_a_file_that_cannot_be_read_is_a_one_line_error(tmp_path: Path) -> None:
    binary, large = tmp_path / "binary.toml", tmp_path / "large.toml"
    binary.write_bytes(b"\xff\xfe")
    large.write_text("#" * 1_000_001)
    for path, line in [
        (tmp_path / "none.toml", "no such file or directory"),
        (tmp_path, "is a directory"),
        (binary, "not UTF-8 at byte 0"),
        (large, "more than 1000000 bytes, too large for a feed file"),
    ]:
        with pytest.raises(FeedFileError) as refused:
            FeedFile.load(path)
        assert str(refused.value) == f"{path}: {line}"
