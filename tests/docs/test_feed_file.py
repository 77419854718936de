"""What docs/feed-file.md says of keys and formats is true."""

import re
import tomllib
from pathlib import Path

import pytest

from tickql.producer.errors import UnparsedPrice
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.framing import NamedFraming
from tickql.producer.feedfile.login_settings import LoginSettings
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.feedfile.page_steps import KINDS
from tickql.producer.feedfile.price_fields import FIELD_NAMES, PriceField
from tickql.producer.feedfile.stream_rules import StreamKind, StreamRule
from tickql.producer.prices.price_format import DEFAULT_FORMAT, PriceFormat
from tickql.producer.quotes.quote_builder import QuoteBuilder
from tickql.producer.streams.stream_set import STREAM_CONTEXT, StreamSet

DOC = (Path(__file__).parents[2] / "docs" / "feed-file.md").read_text()
FORMATS = re.findall(r"^\| `([0-9.,' +]+)` \| (.+?) \| .+ \|$", DOC, re.MULTILINE)
EXAMPLES = [(form, text) for form, texts in FORMATS for text in re.findall(r"`([^`]+)`", texts)]


def _keys(section: str) -> set[str]:
    (table,) = re.findall(rf"{re.escape(section)}\n\n(\| key .+?)\n\n", DOC, re.DOTALL)
    return {key for row in table.splitlines()[2:] for key in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_every_key_of_the_page_is_listed() -> None:
    assert _keys("## `[page]`") == {field.alias or name for name, field in PageSettings.model_fields.items()}


def test_every_kind_of_step_is_listed() -> None:
    (table,) = re.findall(r"(\| step \| does .+?)\n\n", DOC, re.DOTALL)
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(KINDS)


def test_every_key_of_a_login_is_listed() -> None:
    assert _keys('`storage_state = "login.json"` restores all of it.') == set(LoginSettings.model_fields)


def test_the_recipe_that_is_shown_is_one() -> None:
    (recipe,) = re.findall(r"```toml\n(\[page\.login\].+?)```", DOC, re.DOTALL)
    login = tomllib.loads(recipe)["page"]["login"]
    assert len(LoginSettings.model_validate(login).steps) == 4


def test_every_key_of_a_price_is_listed() -> None:
    section = "A price is a selector, a list of selectors (the first that matches is taken), or a table:"
    assert _keys(section) == {field.alias or name for name, field in PriceField.model_fields.items()}


def test_every_key_of_a_stream_is_listed() -> None:
    assert _keys('bid = "quotes.ES[1]"\n```') == {
        field.alias or name for name, field in StreamRule.model_fields.items()
    }


@pytest.mark.parametrize("kind", StreamKind)
def test_each_kind_of_stream_is_shown_and_reads_the_message_that_is_shown_before_it(kind: StreamKind) -> None:
    (shown,) = re.findall(rf"```toml\n(\[\[stream\]\]\nfrom = \"{kind}\"\n.+?)```", DOC, re.DOTALL)
    message = re.findall(r"`(?:data: )?(\{.+?\})`", DOC.partition(shown)[0])[-1]
    (reader,) = StreamSet(FeedFile.parse(f'page.url = "http://localhost"\n{shown}')).readers
    (reading,) = reader.read(1, message, 1)
    assert reading.symbol == "ES"
    assert all(
        reading.texts[FIELD_NAMES.index(name)] in ("5310.25", "5310.00", "5.310,25") for name in reader.rule.fields
    )


def test_the_streams_that_are_shown_to_tell_of_one_symbol_make_one_quote() -> None:
    (shown,) = re.findall(r"```toml\n(\[\[stream\]\]\nurl = .+?)```", DOC, re.DOTALL)
    feed = FeedFile.parse(f'page.url = "http://localhost"\n{shown}')
    book, trades = StreamSet(feed).readers
    told = book.read(1, '{"s": "ES", "ask": 2, "bid": 1}', 1) + trades.read(
        2, '{"trades": [{"s": "ES", "price": 3}]}', 1
    )
    quote = list(QuoteBuilder(feed).build(STREAM_CONTEXT, told, 1))[-1]
    assert (quote.ask, quote.bid, quote.last) == ("2", "1", "3")


def _read_by_example(begin: str, message: str) -> tuple[str | None, ...]:
    (shown,) = re.findall(rf"```toml\n(\[\[stream\]\]\n{begin}.+?)```", DOC, re.DOTALL)
    (reader,) = StreamSet(FeedFile.parse(f'page.url = "http://localhost"\n{shown}')).readers
    (reading,) = reader.read(1, message, 1)
    return reading.texts


def test_json_in_a_text_is_read_by_the_rule_that_is_shown() -> None:
    (message,) = re.findall(r'`(\{"event": "q", .+?\}"\})`', DOC)
    assert _read_by_example(r"each = \"parse", message) == (None, None, "1.10")


def test_a_message_of_socket_io_is_read_by_the_rule_that_is_shown() -> None:
    message = '42/ns,17["quote",{"s":"ES","a":1.25,"b":1.00}]'
    assert _read_by_example("framing", message) == ("1.25", "1.00", None)


def test_every_framing_is_listed() -> None:
    (table,) = re.findall(r"\n\n(\| `framing` \| messages .+?)\n\n", DOC, re.DOTALL)
    named = [re.findall(r'`"([^"]+)"`', row.split("|")[1]) for row in table.splitlines()[2:]]
    assert {name for names in named for name in names if "{" not in name} == set(NamedFraming)


@pytest.mark.parametrize(("form", "text"), EXAMPLES)
def test_every_format_reads_its_examples(form: str, text: str) -> None:
    assert PriceFormat.from_text(form).parse(text)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10


def test_without_a_format_only_what_is_certain_is_read() -> None:
    (read, also, refused) = re.findall(r"Without a `format`, `(.+?)` and `(.+?)` are read, but not `(.+?)`", DOC)[0]
    assert [DEFAULT_FORMAT.parse(text) for text in (read, also)] == ["22258.75", "22258.75"]
    with pytest.raises(UnparsedPrice, match="its comma may group or divide"):
        DEFAULT_FORMAT.parse(refused)
