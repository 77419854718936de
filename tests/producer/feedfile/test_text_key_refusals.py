"""Keys of a price that are wrong, or contradict each other, are refused in one line."""

import pytest

from tests.producer.feedfile.price_keys import WHOLE, feed
from tickql.producer.errors import FeedFileError

REFUSED = [
    ('raised = "cent"', "'cent' should be 'cents', 'fraction', 'digits', 'footnote' or 'exponent'"),
    ('match = "("', "match '(' is not a regular expression: missing )"),
    ('match = ".+"', "match '.+' has 0 groups, it should have one"),
    ('match = "(a)(b)"', "has 2 groups, it should have one"),
    (r'match = "(a)\\1"', "is not a regular expression: invalid escape sequence"),
    ("match = 5", "match 5 should be a text in quotes"),
    (f'match = "({"a" * 300})"', "match has 302 characters, at most 300 are read"),
    ('match = "(((a{1000}){1000}){1000})"', "is not a regular expression"),
    ('unit = "5"', "unit '5' is not the text of a unit"),
    ('unit = "-"', "unit '-' is not the text of a unit"),
    ('unit = "."', "unit '.' is not the text of a unit"),
    ("settle = 0.04", "should be greater than or equal to 0.05"),
    ("settle = 11", "should be less than or equal to 10"),
    ("settle = -1", "should be greater than or equal to 0.05"),
    ('settle = "soon"', "settle: 'soon' should be"),
    ("decimals = 0", "0 should be greater than or equal to 1"),
    ("decimals = true", "should be a valid integer"),
    ('zeros = "sub"', "'sub' should be 'subscript'"),
    ('whole = ".w", fraction = ".f"', "selector and whole contradict each other"),
    ('header = "Bid"', "selector and header contradict each other"),
    ('whole = ".w"', "whole and fraction belong together"),
    ('ignore = "sup", read = "aria"', 'ignore and read = "aria" contradict each other'),
    ('read = "title"', 'read = "title" reads the title of the document: leave the selector out'),
    ('raised = "cents", decimals = 2', 'ask: raised = "cents" and decimals contradict each other'),
    ('raised = "cents", zeros = "subscript"', 'raised = "cents" and zeros = "subscript" contradict each other'),
    ('raised = "cents", match = "(.+)"', 'match and raised = "cents" contradict each other'),
    ('raised = "cents", format = "32"', 'raised = "cents" and format = "32" contradict each other'),
    ('raised = "fraction", format = "1,234.56"', 'raised = "fraction" and format = "1,234.56" contradict each other'),
    ('raised = "fraction"', 'raised = "fraction" needs a fraction format: 32, 64 or 8'),
    ('raised = "digits", format = "1/2"', 'raised = "digits" and format = "1/2" contradict each other'),
    ('zeros = "subscript", format = "32"', 'zeros = "subscript" and format = "32" contradict each other'),
    ('zeros = "subscript", decimals = 2', 'zeros = "subscript" and decimals contradict each other'),
    ('decimals = 2, format = "8"', 'decimals and format = "8" contradict each other'),
    ("decimals = 2, exponent = true", "exponent and decimals contradict each other"),
    ('decimals = 2, unit = "K"', "unit and decimals contradict each other"),
    ('unit = "K", format = "1.2K"', 'unit and format = "1.2K" contradict each other'),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "line"), REFUSED)
def test_keys_that_are_wrong_or_contradict_each_other_are_refused_in_one_line(keys: str, line: str) -> None:
    with pytest.raises(FeedFileError) as refused:
        feed(keys)
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("keys", ['raised = "cents"', "decimals = 2", 'match = "(.+)"'])
def test_a_key_of_the_rule_may_contradict_one_of_the_price(keys: str) -> None:
    with pytest.raises(FeedFileError, match=r'symbol "ES": ask: .* and whole contradict each other'):
        feed("", keys, place=WHOLE)
