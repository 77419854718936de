"""Which texts are selectors, and the steps to which they compile."""

import pytest

from tickql.producer.capture.observer_config import observer_config
from tickql.producer.capture.selector_errors import describe_selector_error
from tickql.producer.errors import FeedFileError, InvalidSelector
from tickql.producer.feedfile.feed_file import FeedFile
from tickql.producer.feedfile.selectors import compile_selector, css_paths


@pytest.mark.parametrize(
    ("css", "paths"),
    [
        ("b", [["b"]]),
        ("#es .ask", [["#es", ".ask"]]),
        ("a , b c", [["a"], ["b", "c"]]),
        ("div > p  span", [["div>p", "span"]]),
        ("a + b ~ c", [["a+b~c"]]),
        (":is(a b, c) d", [[":is(a b, c)", "d"]]),
        ("[title='a, b > c'] d", [["[title='a, b > c']", "d"]]),
        (r".a\,b c", [[r".a\,b", "c"]]),
        (":scope > td", [[":scope>td"]]),
    ],
)
def test_css_is_cut_at_descendant_combinators(css: str, paths: list[list[str]]) -> None:
    assert css_paths(css) == paths


@pytest.mark.parametrize(
    ("text", "engines"),
    [
        ("#es .ask", ["css"]),
        ("css=#es", ["css"]),
        ("text=Ask", ["text"]),
        ("role=cell", ["role"]),
        ("//td[1]", ["xpath"]),
        ("(//td)[1]", ["xpath"]),
        ("tr >> text=ES >> nth=0", ["css", "text", "nth"]),
        ('text="a >> b"', ["text"]),
        ("a[href='x=y']", ["css"]),
        (":scope", []),
    ],
)
def test_a_selector_is_one_or_more_steps(text: str, engines: list[str]) -> None:
    assert [step["engine"] for step in compile_selector(text)] == engines


def test_a_test_id_may_hold_any_character() -> None:
    (step,) = compile_selector('testid=a"b')
    assert step["css"] == r'[data-testid="a\"b"]'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("a >> ", "is empty or has an empty part"),
        ("text=", "nothing follows text="),
        ("react=Price", "react= is none of CSS, text="),
        ("nth=x", "nth=x is not a number"),
        ('td:has-text("ES")', ":has-text is not CSS; join parts"),
        ("b:visible", ":visible is not CSS"),
        ("role=cell[level=2]", "is not a role such as"),
        ("a" * 1001, "has 1001 characters"),
    ],
)
def test_a_selector_of_an_unknown_kind_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidSelector, match=why.replace("[", r"\[")):
        compile_selector(text)


def test_a_wrong_selector_is_an_error_of_the_feed_file_that_names_its_place() -> None:
    feed = FeedFile.parse('[page]\nurl = "http://localhost/"\n[[symbol]]\nname = "ES"\nlast = "b:visible"')
    with pytest.raises(FeedFileError, match=r"""symbol "ES": selector 'b:visible': :visible is not CSS"""):
        observer_config(feed)


def test_a_marker_that_the_browser_refuses_is_named_by_its_key() -> None:
    feed = FeedFile.parse(
        '[page]\nurl = "http://localhost/"\nstale = ["#late", "a["]\n[[symbol]]\nname = "ES"\nlast = "b"'
    )
    assert describe_selector_error(feed, "a[", "nothing") == "feed.toml: [page], stale: selector 'a[' is not valid CSS"
