"""The sanity checks of prices: bounds, jumps, tick size."""

import pytest
from pydantic import ValidationError

from tickql.producer.feedfile.sanity import MaxJump, SanityChecks


@pytest.mark.parametrize(
    ("expected", "price", "previous", "doubt"),
    [
        ({"min": "5"}, "4.99", None, "4.99 is below min 5"),
        ({"min": "5"}, "5.00", None, None),
        ({"max": "5"}, "5.01", None, "5.01 is above max 5"),
        ({"max": "5"}, "-7", None, None),
        ({"tick_size": "0.25"}, "6100.30", None, "6100.30 is not a multiple of tick_size 0.25"),
        ({"tick_size": "0.25"}, "6100.50", None, None),
        ({"tick_size": "0.25"}, "-0.75", None, None),
        ({"max_jump": 5}, "105.01", "100", "105.01 is more than max_jump 5 away from 100"),
        ({"max_jump": 5}, "95", "100", None),
        ({"max_jump": 5}, "10500", None, None),
        ({"max_jump": "2%"}, "102.01", "100", "102.01 is more than max_jump 2% away from 100"),
        ({"max_jump": "2%"}, "-102", "-100", None),
        ({}, "0", "1000000", None),
    ],
)
def test_a_price_that_fails_a_sanity_check_is_a_violation(
    expected: dict[str, object], price: str, previous: str | None, doubt: str | None
) -> None:
    assert SanityChecks.model_validate(expected).violation(price, previous) == doubt


def test_thirty_digits_on_either_side_are_compared_exactly() -> None:
    price = "9" * 30 + "." + "0" * 29 + "1"
    assert SanityChecks.model_validate({"tick_size": "1"}).violation(price, None) is not None
    assert SanityChecks.model_validate({"max": "9" * 30}).violation(price, None) is not None


def test_a_price_that_fails_a_check_is_held_back_only_if_the_file_has_hold() -> None:
    assert not SanityChecks().hold
    assert SanityChecks(hold=True).hold


@pytest.mark.parametrize("given", ["0", "-1", "x", "", "%", "nan", "inf", "5%%", "-2%"])
def test_a_jump_is_a_positive_number_or_percentage(given: str) -> None:
    with pytest.raises(ValueError, match="not a positive number of price units"):
        MaxJump.from_setting(given)


@pytest.mark.parametrize("given", [{"min": 3, "max": 2}, {"tick_size": 0}, {"min": "inf"}, {"max": "x"}])
def test_bounds_that_exclude_every_price_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SanityChecks.model_validate(given)
