"""The checker of the kills finds what a relay could do wrong."""

import pytest

from tests.relay.kills.history import History
from tests.relay.kills.target import Delivered
from tests.support.market import quote
from tickql.feed.codec import decode_tick, encode_tick
from tickql.feed.tick import Cursor


def delivered(number: int, *, published_us: int = 1) -> Delivered:
    cursor = Cursor("ES", 7, number)
    return Delivered(True, str(cursor), "ES", encode_tick(quote(number), cursor, published_us))


def history(*deliveries: Delivered, repeats: bool = False) -> History:
    """The history of three ticks, of which these were delivered."""
    made = History(repeats=repeats)
    for number in (1, 2, 3):
        made.publish(quote(number))
    for each in deliveries:
        made.take(each)
    return made


def test_each_tick_once_and_in_order_is_what_is_promised() -> None:
    made = history(*map(delivered, (1, 2, 3)))
    made.store([decode_tick(delivered(number).body, keep=True) for number in (1, 2, 3)])
    assert made.is_complete
    assert made.violations() == []


@pytest.mark.parametrize("numbers", [(1, 2, 2, 3), (1, 3), (1, 3, 2), (2, 3), (1, 2), (1, 2, 3, 1)])
def test_a_tick_that_is_lost_repeated_or_out_of_order_is_a_violation(numbers: tuple[int, ...]) -> None:
    assert history(*map(delivered, numbers)).violations() != []


def test_where_repeats_are_allowed_they_must_be_equal() -> None:
    assert history(*map(delivered, (1, 2, 1, 2, 3)), repeats=True).violations() == []
    other = delivered(2, published_us=2)
    assert history(delivered(1), delivered(2), other, delivered(3), repeats=True).violations() != []


def test_a_gap_and_a_body_that_redis_does_not_have_are_violations() -> None:
    gap = Delivered(False, "ES:7-2 gap", "ES", b"{}")
    assert history(delivered(1), gap, delivered(2), delivered(3)).violations() != []
    made = history(*map(delivered, (1, 2, 3)))
    made.store([decode_tick(delivered(3, published_us=2).body, keep=True)])
    assert made.violations() != []
