"""JMESPath over documents whose numbers keep every digit."""

import pytest

from tickql.producer.feedfile.exact_json import decode_json
from tickql.producer.feedfile.jmespath_expression import JmespathExpression
from tickql.producer.feedfile.json_number import JsonNumber


def picked(expression: str, document: str) -> object:
    return JmespathExpression(expression).search(decode_json(document))


@pytest.mark.parametrize(
    "number", ["1.10", "0.1", "22258.250000000000000000000001", "-0.5", "100000000000000000000000000001", "7"]
)
def test_a_number_keeps_its_digits(number: str) -> None:
    found = picked("a.b[0].c", f'{{"a": {{"b": [{{"c": {number}}}]}}}}')
    assert isinstance(found, JsonNumber)
    assert found.exact_text == number


@pytest.mark.parametrize(("number", "plain"), [("1e2", "100"), ("1.5E+3", "1500"), ("1.50e-3", "0.00150")])
def test_an_exponent_is_written_out(number: str, plain: str) -> None:
    found = picked("p", f'{{"p": {number}}}')
    assert isinstance(found, JsonNumber)
    assert found.exact_text == plain


@pytest.mark.parametrize("number", ["1e400", "1e-400", "1e999999999", "0e-999999999"])
def test_a_number_with_more_digits_than_a_price_has_no_exact_text(number: str) -> None:
    found = picked("p", f'{{"p": {number}}}')
    assert isinstance(found, JsonNumber)
    assert found.exact_text is None


@pytest.mark.parametrize(
    "expression",
    [
        "max_by(bids, &p).p",
        "sort_by(bids, &p)[-1].p",
        "max(bids[].p)",
        "bids[?p > `1.5`].p | [0]",
        "bids[?q == 'x'].p | [0]",
    ],
)
def test_the_maximum_of_a_list_keeps_the_digits_of_the_document(expression: str) -> None:
    found = picked(expression, '{"bids": [{"p": 1.10, "q": "y"}, {"p": 2.50, "q": "x"}]}')
    assert isinstance(found, JsonNumber)
    assert found.exact_text == "2.50"


def test_to_number_keeps_the_digits_of_a_text() -> None:
    assert picked("max(p[].to_number(@))", '{"p": ["2.50", "1.10"]}').exact_text == "2.50"  # type: ignore[attr-defined]
    assert picked("to_number(p)", '{"p": "1,234"}') is None
    assert picked("to_number(p)", '{"p": 1.9}').exact_text == "1.9"  # type: ignore[attr-defined]


@pytest.mark.parametrize("expression", ["sum(p)", "avg(p)", "abs(p[0])", "length(p)", "floor(p[0])", "`5`"])
def test_a_computed_value_is_not_a_number_of_the_document(expression: str) -> None:
    assert not isinstance(picked(expression, '{"p": [1.5, 2.5]}'), JsonNumber)


def test_type_and_to_string_know_numbers_of_the_document() -> None:
    assert picked("type(p)", '{"p": 1.10}') == "number"
    assert picked("to_string(p)", '{"p": 1.10}') == "1.10"
    assert picked("type(p)", '{"p": "1.10"}') == "string"


@pytest.mark.parametrize("document", ["5", "[]", '"text"', "null", '{"a": 5}', '{"a": [1]}'])
def test_a_path_that_does_not_exist_picks_nothing(document: str) -> None:
    assert picked("a.b.c", document) is None


def test_a_function_that_does_not_match_the_document_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not match: in function max"):
        picked("max(p)", '{"p": ["a", 1]}')


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("data[", "is not a JMESPath: "),
        ("", "is not a JMESPath: "),
        ("a..b", "is not a JMESPath: "),
        ("nosuch(p)", "there is no function nosuch()"),
        ("a[].maxby(p, &q)", "there is no function maxby(), did you mean max_by()?"),
        ("a" * 2000, "a JMESPath of 2000 characters"),
        (5, "5 is not a JMESPath in quotes"),
        ("[" * 900, "is not a JMESPath: "),
    ],
)
def test_an_error_in_an_expression_is_one_line(expression: object, fault: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        JmespathExpression.from_setting(expression)
    assert fault in str(raised.value)
    assert "\n" not in str(raised.value)
