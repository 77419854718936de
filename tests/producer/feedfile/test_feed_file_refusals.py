"""Mistakes in a feed file: one clear line for each."""

from pathlib import Path

import pytest

from tests.producer.feedfile.feed_file_texts import ES, HEADER, LABELLED, PAGE, TABLE
from tickql.producer.errors import FeedFileError
from tickql.producer.feedfile.feed_file import FeedFile

WITH_HEADER = '{ header = "Bid" }'


def _refusal(text: str) -> str:
    with pytest.raises(FeedFileError) as refused:
        FeedFile.parse(text, Path("my.toml"))
    line = str(refused.value)
    assert "\n" not in line
    assert line.startswith("my.toml: ")
    return line.removeprefix("my.toml: ")


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
